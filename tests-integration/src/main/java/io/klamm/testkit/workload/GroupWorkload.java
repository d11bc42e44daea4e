/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.RecordedProducer;
import io.klamm.testkit.TopicReader;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.TopicKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A group whose members come, leave and vanish while a producer writes. Ends with all records read and committed.
 *
 * @param protocol of the group
 * @param seed of the members' coming and going
 */
public record GroupWorkload(String topic, int partitions, GroupProtocol protocol, long seed) implements Workload {
    private static final Duration PAUSE = Duration.ofMillis(40);
    private static final int FEWEST = 1;
    private static final int MOST = 4;
    private static final int AT_FIRST = 2;
    private static final int LEAST_PAUSE_MILLIS = 1_000;
    private static final int MORE_PAUSE_MILLIS = 3_000;
    private static final Duration START = Duration.ofSeconds(60);

    private String group() {
        return topic + "-group";
    }

    private Map<String, Object> memberConfig(String bootstrap) {
        Map<String, Object> config = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.GROUP_ID_CONFIG,
                group(),
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                protocol.name().toLowerCase(Locale.ROOT),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                20_000));
        if (protocol == GroupProtocol.CLASSIC) {
            config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
            config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 1_000);
        }
        return config;
    }

    @Override
    public Running start(Ground ground, HistoryRecorder history) {
        ground.createTopic(topic, partitions, Map.of("min.insync.replicas", "2"));
        long now = history.now();
        history.add(new TopicKind(history.since(now), "run", topic, partitions, false));
        return new Members(this, ground, history);
    }

    private static final class Members implements Running {
        private final GroupWorkload work;
        private final HistoryRecorder history;
        private final String bootstrap;
        private final RecordedProducer producer;
        private final List<RecordingMember> members = new ArrayList<>();
        private final List<RecordingMember> gone = new ArrayList<>();
        private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
        private final Random random;
        private final Thread comingAndGoing;
        private int born;
        private volatile boolean calm;

        Members(GroupWorkload work, Ground ground, HistoryRecorder history) {
            this.work = work;
            this.history = history;
            this.bootstrap = ground.bootstrap();
            this.random = new Random(work.seed);
            this.producer = new RecordedProducer(0, bootstrap, work.topic, work.partitions, Map.of(), 0, history)
                    .pausing(PAUSE)
                    .start();
            for (int i = 0; i < AT_FIRST; i++) {
                join();
            }
            awaitProgress(START);
            this.comingAndGoing = new Thread(this::comeAndGo, "members of " + work.group());
            this.comingAndGoing.setDaemon(true);
            this.comingAndGoing.start();
        }

        private void join() {
            members.add(new RecordingMember(
                    "member-" + born++,
                    work.group(),
                    work.topic,
                    work.memberConfig(bootstrap),
                    history,
                    (partition, offset) -> committed.merge(partition, offset, Math::max)));
        }

        private void comeAndGo() {
            while (!calm) {
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(LEAST_PAUSE_MILLIS + random.nextInt(MORE_PAUSE_MILLIS)));
                if (members.size() <= FEWEST || (members.size() < MOST && random.nextBoolean())) {
                    join();
                } else {
                    RecordingMember member = members.remove(random.nextInt(members.size()));
                    gone.add(member);
                    if (random.nextBoolean()) {
                        member.leave();
                    } else {
                        member.vanish();
                    }
                }
            }
        }

        private List<TopicPartition> all() {
            return IntStream.range(0, work.partitions)
                    .mapToObj(partition -> new TopicPartition(work.topic, partition))
                    .toList();
        }

        @Override
        public void awaitProgress(Duration atMost) {
            Map<TopicPartition, Long> before = Map.copyOf(committed);
            Await.until(
                    "every partition of " + work.group() + " is committed further than " + before,
                    atMost,
                    () -> all().stream()
                            .allMatch(each -> committed.getOrDefault(each, 0L) > before.getOrDefault(each, 0L)));
        }

        @Override
        public void finish(Duration atMost) {
            producer.finish();
            beCalm();
            List<Contents> whole = TopicReader.readAll(history, bootstrap, work.topic, work.partitions, atMost);
            Await.until(work.group() + " has committed all", atMost, () -> whole.stream()
                    .allMatch(each -> committed.getOrDefault(each.partition(), 0L) >= each.end()));
            seeCommitted(atMost);
            endAll();
            gone.forEach(RecordingMember::check);
        }

        private void seeCommitted(Duration atMost) {
            try (Admin admin = KlammCluster.admin(bootstrap)) {
                long invokedNanos = history.now();
                Map<TopicPartition, OffsetAndMetadata> found =
                        Await.get("committed offsets of " + work.group(), atMost, () -> admin.listConsumerGroupOffsets(
                                        work.group())
                                .partitionsToOffsetAndMetadata()
                                .get(20, TimeUnit.SECONDS));
                for (TopicPartition partition : all()) {
                    OffsetAndMetadata offset = found.get(partition);
                    history.add(new CommittedOffset(
                            history.since(invokedNanos),
                            "admin",
                            work.group(),
                            partition,
                            offset == null ? -1 : offset.offset()));
                }
            }
        }

        private void beCalm() {
            calm = true;
            LockSupport.unpark(comingAndGoing);
            try {
                comingAndGoing.join(TimeUnit.SECONDS.toMillis(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void endAll() {
            gone.addAll(members);
            members.forEach(RecordingMember::leave);
            members.clear();
            gone.forEach(RecordingMember::awaitEnd);
        }

        @Override
        public void close() {
            producer.close();
            beCalm();
            endAll();
        }
    }
}
