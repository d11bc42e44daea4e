/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.Await;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** Harm by size: of what is sent, of what comes out of it, of what is asked for. */
enum SizeAssaults implements Assault {
    /** Frames of 100 MB, several at once: of one large batch, and of millions of the smallest elements. */
    HUGE_FRAMES {
        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            Map<String, Integer> outcomes = new TreeMap<>();
            AtomicLong bytes = new AtomicLong();
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < HUGE_AT_ONCE; i++) {
                int number = i;
                Thread sender = new Thread(() -> {
                    String outcome = send(victim, number % 3, bytes);
                    synchronized (outcomes) {
                        outcomes.merge(outcome, 1, Integer::sum);
                    }
                });
                sender.setDaemon(true);
                sender.start();
                senders.add(sender);
            }
            for (Thread sender : senders) {
                sender.join(Duration.ofMinutes(2).toMillis());
                if (sender.isAlive()) {
                    throw new AssertionError("a sender of " + HUGE + " bytes is neither done nor let go");
                }
            }
            if (bytes.get() < HUGE || outcomes.containsKey(NO_ANSWER)) {
                throw new AssertionError(bytes + " bytes of huge frames sent: " + outcomes);
            }
            HostileConnection.seeServed(victim.address());
            return HUGE_AT_ONCE + " frames of " + HUGE + " bytes, " + bytes + " bytes sent: " + outcomes;
        }

        private String send(Victim victim, int kind, AtomicLong bytes) {
            byte[] chunk = new byte[1 << 20];
            byte[] header =
                    switch (kind) {
                        case 0 -> start(ApiKeys.PRODUCE, 9, produceOfOne(HUGE - 200));
                        case 1 -> start(ApiKeys.METADATA, 1, count((HUGE - 40) / 2));
                        default -> start(ApiKeys.DESCRIBE_GROUPS, 0, count((HUGE - 40) / 2));
                    };
            try (HostileConnection connection = victim.connect(PATIENCE_MS)) {
                connection.send(header);
                for (int left = HUGE + 4 - header.length; left > 0; left -= chunk.length) {
                    connection.send(chunk, 0, Math.min(left, chunk.length));
                    bytes.addAndGet(Math.min(left, chunk.length));
                }
                connection.answer();
                return "answered";
            } catch (SocketTimeoutException e) {
                return NO_ANSWER;
            } catch (IOException e) {
                return "closed";
            }
        }

        private byte[] count(int elements) {
            return ByteBuffer.allocate(Integer.BYTES).putInt(elements).array();
        }

        private byte[] start(ApiKeys api, int version, byte[] message) {
            byte[] frame = RequestFuzzer.frame(api, (short) version, 1, message);
            return ByteBuffer.allocate(4 + frame.length).putInt(HUGE).put(frame).array();
        }

        /** Flexible: no transactional id, acks, timeout, one topic, one partition, records of so many bytes. */
        private byte[] produceOfOne(int records) {
            ByteBuffer message = ByteBuffer.allocate(64);
            message.put((byte) 0).putShort((short) 1).putInt(1_000).put((byte) 2);
            byte[] name = Vocabulary.TOPICS.get(0).getBytes(StandardCharsets.UTF_8);
            message.put((byte) (name.length + 1)).put(name).put((byte) 2).putInt(0);
            int rest = records + 1;
            while (rest > 0x7F) {
                message.put((byte) ((rest & 0x7F) | 0x80));
                rest >>>= 7;
            }
            message.put((byte) rest);
            byte[] bytes = new byte[message.position()];
            message.flip().get(bytes);
            return bytes;
        }
    },
    /**
     * Batches that are small on the wire and huge inside, or say something else than they hold: each kind once, with a codec and for a topic
     * that are others the next time.
     */
    BOMBS {
        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            Map<Errors, Integer> outcomes = new EnumMap<>(Errors.class);
            int next = random.nextInt(Vocabulary.TOPICS.size() * HostileBatches.CODECS.size());
            for (HostileBatches.Bomb kind : HostileBatches.Bomb.values()) {
                String topic = Vocabulary.TOPICS.get(next % Vocabulary.TOPICS.size());
                CompressionType codec = HostileBatches.CODECS.get(next % HostileBatches.CODECS.size());
                outcomes.merge(throwAt(victim, topic, BATCHES.bomb(kind, codec)), 1, Integer::sum);
                next++;
            }
            // A topic whose settings do not make the broker look inside takes them; two of the three do.
            if (!outcomes.containsKey(Errors.INVALID_RECORD) && !outcomes.containsKey(Errors.MESSAGE_TOO_LARGE)) {
                throw new AssertionError("no bomb was found out: " + outcomes);
            }
            HostileConnection.seeServed(victim.address());
            return "bombs of " + INFLATED + " bytes: " + outcomes;
        }

        /** At a partition that the node leads; at another one of the topic when it leads none. */
        private Errors throwAt(Victim victim, String topic, byte[] bomb) {
            return Await.get("a leader takes a bomb for " + topic, PATIENCE, () -> {
                Leader leader = leader(victim, topic);
                if (leader == null) {
                    return null;
                }
                try (HostileConnection connection = new HostileConnection(leader.address(), PATIENCE_MS)) {
                    ProduceResponseData answer =
                            connection.ask(9, produce(topic, leader.partition(), bomb), new ProduceResponseData());
                    Errors error = Errors.forCode(answer.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .get(0)
                            .errorCode());
                    return error.exception() instanceof RetriableException && error != Errors.CORRUPT_MESSAGE
                            ? null
                            : error;
                }
            });
        }

        private @Nullable Leader leader(Victim victim, String topic) throws IOException {
            MetadataRequestData request = new MetadataRequestData().setAllowAutoTopicCreation(false);
            request.topics().add(new MetadataRequestData.MetadataRequestTopic().setName(topic));
            try (HostileConnection connection = new HostileConnection(victim.clients(), PATIENCE_MS)) {
                MetadataResponseData cluster = connection.ask(9, request, new MetadataResponseData());
                Leader any = null;
                for (MetadataResponseData.MetadataResponsePartition partition :
                        cluster.topics().find(topic).partitions()) {
                    MetadataResponseData.MetadataResponseBroker broker =
                            cluster.brokers().find(partition.leaderId());
                    if (broker != null) {
                        any = new Leader(
                                new InetSocketAddress(broker.host(), broker.port()), partition.partitionIndex());
                        if (partition.leaderId() == victim.node().nodeId()) {
                            break;
                        }
                    }
                }
                return any;
            }
        }
    },
    /** Requests for more than there is, and for things in absurd numbers. */
    ABSURD_WISHES {
        @Override
        public String perform(Victim victim, Random random, Duration hold) throws Exception {
            List<String> outcomes = new ArrayList<>();
            for (Map.Entry<String, byte[]> wish : wishes().entrySet()) {
                boolean mayWait = wish.getKey().equals(A_FETCH);
                long begun = System.nanoTime();
                String outcome;
                try (HostileConnection connection = victim.connect(mayWait ? (int) hold.toMillis() : PATIENCE_MS)) {
                    connection.send(wish.getValue());
                    outcome = "answered in " + connection.answer().remaining() + " bytes";
                } catch (SocketTimeoutException e) {
                    if (!mayWait) {
                        throw new AssertionError(wish.getKey() + ": no answer", e);
                    }
                    outcome = "waits";
                    // Its connection is closed now; while it waited, and from now on, all must go on.
                    HostileConnection.seeServed(victim.address());
                } catch (IOException e) {
                    outcome = "closed";
                }
                outcomes.add(wish.getKey() + " " + outcome + " after "
                        + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");
            }
            return String.join(", ", outcomes);
        }

        private Map<String, byte[]> wishes() {
            Map<String, byte[]> wishes = new LinkedHashMap<>();
            FetchRequestData fetch = new FetchRequestData()
                    .setMaxWaitMs(Integer.MAX_VALUE)
                    .setMinBytes(Integer.MAX_VALUE)
                    .setMaxBytes(Integer.MAX_VALUE);
            FetchTopic topic = new FetchTopic().setTopic(Vocabulary.TOPICS.get(0));
            for (int i = 0; i < 50_000; i++) {
                topic.partitions()
                        .add(new FetchPartition().setPartition(i % 2).setPartitionMaxBytes(Integer.MAX_VALUE));
            }
            fetch.topics().add(topic);
            wishes.put(A_FETCH, HostileConnection.wire(11, fetch));
            MetadataRequestData metadata = new MetadataRequestData();
            for (int i = 0; i < 100_000; i++) {
                metadata.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("n" + i));
            }
            wishes.put(
                    "metadata of 100,000 topics", HostileConnection.wire(9, metadata.setAllowAutoTopicCreation(false)));
            for (int partitions : new int[] {1_000_000, Integer.MAX_VALUE}) {
                CreateTopicsRequestData create = new CreateTopicsRequestData().setTimeoutMs(1_000);
                for (int i = 0; i < 100; i++) {
                    create.topics()
                            .add(new CreatableTopic()
                                    .setName("absurd-" + i)
                                    .setNumPartitions(partitions)
                                    .setReplicationFactor((short) 3));
                }
                wishes.put("100 topics of " + partitions + " partitions", HostileConnection.wire(7, create));
            }
            return wishes;
        }
    };

    private static final int HUGE = 100 << 20;
    private static final int HUGE_AT_ONCE = 3;
    private static final int PATIENCE_MS = 60_000;
    private static final Duration PATIENCE = Duration.ofMillis(PATIENCE_MS);
    private static final int INFLATED = 80 << 20;
    private static final String NO_ANSWER = "no answer";
    private static final String A_FETCH = "one partition 25,000 times";
    private static final HostileBatches BATCHES = new HostileBatches(INFLATED);

    private record Leader(InetSocketAddress address, int partition) {}

    private static ApiMessage produce(String topic, int partition, byte[] batch) {
        ProduceRequestData request = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(10_000);
        request.topicData()
                .add(new TopicProduceData()
                        .setName(topic)
                        .setPartitionData(List.of(new PartitionProduceData()
                                .setIndex(partition)
                                .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(batch))))));
        return request;
    }
}
