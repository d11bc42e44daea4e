/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

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
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
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
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            Map<String, Integer> outcomes = new TreeMap<>();
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < HUGE_AT_ONCE; i++) {
                int number = i;
                Thread sender = new Thread(() -> {
                    String outcome = send(node, number % 3);
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
            }
            ConnectionAssaults.served(node);
            return HUGE_AT_ONCE + " frames of " + HUGE + " bytes: " + outcomes;
        }

        private String send(InetSocketAddress node, int kind) {
            byte[] chunk = new byte[1 << 20];
            byte[] header =
                    switch (kind) {
                        case 0 -> start(ApiKeys.PRODUCE, 9, produceOfOne(HUGE - 200));
                        case 1 ->
                            start(
                                    ApiKeys.METADATA,
                                    1,
                                    ByteBuffer.allocate(4)
                                            .putInt((HUGE - 40) / 2)
                                            .array());
                        default ->
                            start(
                                    ApiKeys.DESCRIBE_GROUPS,
                                    0,
                                    ByteBuffer.allocate(4)
                                            .putInt((HUGE - 40) / 2)
                                            .array());
                    };
            try (HostileConnection connection = new HostileConnection(node, PATIENCE_MS)) {
                connection.send(header);
                for (int left = HUGE + 4 - header.length; left > 0; left -= chunk.length) {
                    connection.send(chunk, 0, Math.min(left, chunk.length));
                }
                connection.answer();
                return "answered";
            } catch (SocketTimeoutException e) {
                return "no answer";
            } catch (IOException e) {
                return "closed";
            }
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
    /** Batches that are small on the wire and huge inside, or say something else than they hold. */
    BOMBS {
        @Override
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            Map<Errors, Integer> outcomes = new EnumMap<>(Errors.class);
            int closed = 0;
            for (String topic : Vocabulary.TOPICS) {
                for (HostileBatches.Bomb kind : HostileBatches.Bomb.values()) {
                    for (CompressionType codec : HostileBatches.CODECS) {
                        Errors error = throwAt(node, topic, BATCHES.bomb(kind, codec));
                        if (error == null) {
                            closed++;
                        } else {
                            outcomes.merge(error, 1, Integer::sum);
                        }
                    }
                }
            }
            return "bombs of " + INFLATED + " bytes: " + outcomes + ", " + closed + " closed";
        }

        /** At the partition that the node leads; null when it closes the connection. */
        private @Nullable Errors throwAt(InetSocketAddress node, String topic, byte[] bomb) {
            Errors error = Errors.NONE;
            try (HostileConnection connection = new HostileConnection(node, PATIENCE_MS)) {
                for (int partition = 0; partition < Vocabulary.PARTITIONS; partition++) {
                    ProduceResponseData answer =
                            connection.ask(9, produce(topic, partition, bomb), new ProduceResponseData());
                    error = Errors.forCode(answer.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .get(0)
                            .errorCode());
                    if (error != Errors.NOT_LEADER_OR_FOLLOWER) {
                        break;
                    }
                }
                return error;
            } catch (SocketTimeoutException e) {
                throw new AssertionError("a bomb for " + topic + " had no answer", e);
            } catch (IOException e) {
                return null;
            }
        }
    },
    /** Requests for more than there is, and for things in absurd numbers. */
    ABSURD_WISHES {
        @Override
        public String perform(InetSocketAddress node, Random random, Duration hold) throws Exception {
            Map<String, Integer> outcomes = new TreeMap<>();
            for (Map.Entry<String, byte[]> wish : wishes().entrySet()) {
                try (HostileConnection connection = new HostileConnection(node, 5_000)) {
                    connection.send(wish.getValue());
                    outcomes.merge(
                            wish.getKey() + " answered in "
                                    + connection.answer().remaining() + " bytes",
                            1,
                            Integer::sum);
                } catch (SocketTimeoutException e) {
                    outcomes.merge(wish.getKey() + " waits", 1, Integer::sum);
                } catch (IOException e) {
                    outcomes.merge(wish.getKey() + " closed", 1, Integer::sum);
                }
            }
            return outcomes.toString();
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
            wishes.put("one partition 25,000 times", ConnectionAssaults.wire(11, fetch));
            MetadataRequestData metadata = new MetadataRequestData();
            for (int i = 0; i < 100_000; i++) {
                metadata.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("n" + i));
            }
            wishes.put(
                    "metadata of 100,000 topics",
                    ConnectionAssaults.wire(9, metadata.setAllowAutoTopicCreation(false)));
            for (int partitions : new int[] {1_000_000, Integer.MAX_VALUE}) {
                CreateTopicsRequestData create = new CreateTopicsRequestData().setTimeoutMs(1_000);
                for (int i = 0; i < 100; i++) {
                    create.topics()
                            .add(new CreatableTopic()
                                    .setName("absurd-" + i)
                                    .setNumPartitions(partitions)
                                    .setReplicationFactor((short) 3));
                }
                wishes.put("100 topics of " + partitions + " partitions", ConnectionAssaults.wire(7, create));
            }
            return wishes;
        }
    };

    private static final int HUGE = 100 << 20;
    private static final int HUGE_AT_ONCE = 3;
    private static final int PATIENCE_MS = 60_000;
    private static final int INFLATED = 80 << 20;
    private static final HostileBatches BATCHES = new HostileBatches(INFLATED);

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
