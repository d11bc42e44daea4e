/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.RecordedProducer;
import io.klamm.testkit.TopicReader;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicKind;
import java.nio.file.Path;
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
import org.jspecify.annotations.Nullable;

/**
 * A group whose members come, leave and vanish while a producer writes: members on threads fall silent, and processes are killed, at any
 * moment or between a read and its commit, or frozen there for longer than their session. Ends with all records read and committed.
 *
 * @param protocol of the group
 * @param seed of the members' coming and going
 */
public record GroupWorkload(String topic, int partitions, GroupProtocol protocol, long seed) implements Workload {
    private static final Duration PAUSE = Duration.ofMillis(120);
    private static final int FEWEST = 1;
    private static final int MOST = 4;
    private static final int AT_FIRST = 2;
    private static final int LEAST_PAUSE_MILLIS = 1_000;
    private static final int MORE_PAUSE_MILLIS = 3_000;
    /** The first of so many who join is a process of its own, which costs two seconds of a processor. */
    private static final int ONE_OF = 8;

    /** Half as long again as the session of a member. */
    private static final long FROZEN_NANOS = Duration.ofSeconds(9).toNanos();

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(30);

    @Override
    public List<String> topics() {
        return List.of(topic, "__consumer_offsets");
    }

    private String group() {
        return topic + "-group";
    }

    private Map<String, String> memberConfig(String bootstrap) {
        Map<String, String> config = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.GROUP_ID_CONFIG,
                group(),
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                protocol.name().toLowerCase(Locale.ROOT),
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                "false",
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                "20000"));
        if (protocol == GroupProtocol.CLASSIC) {
            config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "6000");
            config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, "1000");
        }
        return config;
    }

    @Override
    public Running start(Ground ground, HistoryRecorder history) {
        ground.createTopic(topic, partitions, Map.of("min.insync.replicas", "2"));
        long now = history.now();
        history.add(new TopicKind(history.since(now), "run", topic, partitions, false));
        return new Members(this, ground, history).begun(START);
    }

    private static final class Members implements Running, Diary {
        private final GroupWorkload work;
        private final HistoryRecorder history;
        private final String bootstrap;
        private final Path log;
        private final RecordedProducer producer;
        private final List<Member> members = new ArrayList<>();
        private final List<Member> gone = new ArrayList<>();
        private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
        private final Random random;
        private final WorkerThread comingAndGoing;
        /** Every second process, until it works. */
        private @Nullable Member toBeFrozen;

        private @Nullable Member frozen;
        private long frozenNanos;
        private int born;
        private int joined;
        private volatile boolean calm;

        Members(GroupWorkload work, Ground ground, HistoryRecorder history) {
            this.work = work;
            this.history = history;
            this.bootstrap = ground.bootstrap();
            this.log = ground.directory().resolve("members.log");
            this.random = new Random(work.seed);
            this.producer = new RecordedProducer(0, bootstrap, work.topic, work.partitions, Map.of(), 0, history)
                    .pausing(PAUSE)
                    .start();
            this.comingAndGoing = new WorkerThread("members of " + work.group(), this::comeAndGo);
            for (int i = 0; i < AT_FIRST; i++) {
                members.add(new ThreadMember(next(), this));
            }
            comingAndGoing.start();
        }

        private MemberSettings next() {
            return new MemberSettings("member-" + born++, work.group(), work.topic, work.memberConfig(bootstrap));
        }

        @Override
        public long now() {
            return history.now();
        }

        @Override
        public void add(Event event) {
            history.add(event);
            if (event instanceof Commit commit && commit.outcome() == Outcome.OK) {
                committed.merge(commit.partition(), commit.offset(), Math::max);
            }
        }

        private void join() {
            MemberSettings settings = next();
            if (joined++ % ONE_OF != 0) {
                members.add(new ThreadMember(settings, this));
                return;
            }
            Member process = new ProcessMember(settings, this, log, random.nextBoolean());
            members.add(process);
            if (random.nextBoolean()) {
                toBeFrozen = process;
            }
        }

        private void comeAndGo() {
            while (!calm) {
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(LEAST_PAUSE_MILLIS + random.nextInt(MORE_PAUSE_MILLIS)));
                if (frozen != null && history.now() - frozenNanos > FROZEN_NANOS) {
                    thaw();
                }
                if (frozen == null && freeze()) {
                    continue;
                }
                if (members.size() <= FEWEST || (members.size() < MOST && random.nextBoolean())) {
                    join();
                } else {
                    Member member = members.remove(random.nextInt(members.size()));
                    if (member == frozen) {
                        thaw();
                    }
                    gone.add(member);
                    if (random.nextInt(3) == 0) {
                        member.leave();
                    } else {
                        member.vanish();
                    }
                }
            }
        }

        private boolean freeze() {
            Member next = toBeFrozen;
            if (next == null || !members.contains(next) || !next.freeze()) {
                return false;
            }
            toBeFrozen = null;
            frozen = next;
            frozenNanos = history.now();
            return true;
        }

        private void thaw() {
            Member member = frozen;
            frozen = null;
            if (member != null) {
                member.thaw();
            }
        }

        private void check() {
            producer.check();
            comingAndGoing.check();
        }

        private List<TopicPartition> all() {
            return IntStream.range(0, work.partitions)
                    .mapToObj(partition -> new TopicPartition(work.topic, partition))
                    .toList();
        }

        @Override
        public void awaitProgress(Duration atMost) {
            check();
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
            comingAndGoing.end(END);
            thaw();
            check();
            List<Contents> whole = TopicReader.readAll(history, bootstrap, work.topic, work.partitions, atMost);
            Await.until(work.group() + " has committed all", atMost, () -> whole.stream()
                    .allMatch(each -> committed.getOrDefault(each.partition(), 0L) >= each.end()));
            seeCommitted(atMost);
            endAll();
            gone.forEach(Member::check);
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
            comingAndGoing.wake();
        }

        private void endAll() {
            gone.addAll(members);
            members.forEach(Member::leave);
            members.clear();
            gone.forEach(Member::awaitEnd);
        }

        @Override
        public void close() {
            producer.close();
            beCalm();
            comingAndGoing.join(END);
            endAll();
        }
    }
}
