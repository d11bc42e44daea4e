/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.RecordedProducer;
import io.klamm.testkit.TopicReader;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.TopicKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.IsolationLevel;

/**
 * Producers of unique values, a consumer that follows them, and observers of leaders and bounds; in the end all is read once more.
 *
 * @param settings what the producers ask for, where it is not idempotence and acks=all
 * @param registers number of keys of each partition, on a compacted topic; 0 for a topic that keeps everything
 * @param configs of the topic, besides min.insync.replicas
 * @param isolation of the consumer
 */
public record LogWorkload(
        String topic,
        int partitions,
        Map<String, String> settings,
        int registers,
        Map<String, String> configs,
        IsolationLevel isolation)
        implements Workload {
    private static final int PRODUCERS = 2;
    /** Of each producer on each partition. */
    private static final int PROGRESS = 10;

    private static final Duration PAUSE = Duration.ofMillis(160);
    private static final Duration START = Duration.ofSeconds(60);

    private LogWorkload(
            String topic, int partitions, Map<String, String> settings, int registers, Map<String, String> configs) {
        this(topic, partitions, settings, registers, configs, IsolationLevel.READ_UNCOMMITTED);
    }

    /** Idempotent producers on a topic that keeps everything, and a consumer that reads up to the last stable offset. */
    public static LogWorkload strict(String topic, int partitions) {
        return new LogWorkload(topic, partitions, Map.of(), 0, Map.of(), IsolationLevel.READ_COMMITTED);
    }

    /** Producers without idempotence that wait for as many replicas as {@code acks} says. */
    public static LogWorkload weak(String topic, int partitions, String acks) {
        return new LogWorkload(
                topic,
                partitions,
                Map.of(ProducerConfig.ACKS_CONFIG, acks, ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "false"),
                0,
                Map.of());
    }

    /** Idempotent producers on a topic whose replicas force each record to the disk before it is acknowledged. */
    public static LogWorkload durable(String topic, int partitions) {
        return new LogWorkload(topic, partitions, Map.of(), 0, Map.of("flush.messages", "1"));
    }

    /** Idempotent producers on a topic of small segments that are deleted an hour after their last record. */
    public static LogWorkload keptForAnHour(String topic, int partitions) {
        return new LogWorkload(
                topic, partitions, Map.of(), 0, Map.of("retention.ms", "3600000", "segment.bytes", "100000"));
    }

    /** Idempotent producers that set a few registers again and again, on a topic that is compacted all the time. */
    public static LogWorkload registers(String topic, int partitions, int registers) {
        return new LogWorkload(
                topic,
                partitions,
                Map.of(),
                registers,
                Map.of(
                        "cleanup.policy", "compact",
                        "segment.bytes", "20000",
                        "min.cleanable.dirty.ratio", "0.01",
                        "file.delete.delay.ms", "0"));
    }

    @Override
    public Running start(Ground ground, HistoryRecorder history) {
        Map<String, String> all = new HashMap<>(configs);
        all.put("min.insync.replicas", "2");
        ground.createTopic(topic, partitions, all);
        long now = history.now();
        history.add(new TopicKind(history.since(now), "run", topic, partitions, registers > 0));
        return new Clients(this, ground, history).begun(START);
    }

    private static final class Clients implements Running {
        private final LogWorkload work;
        private final HistoryRecorder history;
        private final String bootstrap;
        private final List<RecordedProducer> producers = new ArrayList<>();
        private final FreeConsumer consumer;
        private final PartitionWatch bounds;
        private final LeaderWatch leaders;

        Clients(LogWorkload work, Ground ground, HistoryRecorder history) {
            this.work = work;
            this.history = history;
            this.bootstrap = ground.bootstrap();
            for (int number = 0; number < PRODUCERS; number++) {
                producers.add(new RecordedProducer(
                                number, bootstrap, work.topic, work.partitions, work.settings, work.registers, history)
                        .pausing(PAUSE)
                        .start());
            }
            consumer = new FreeConsumer(0, bootstrap, work.topic, work.partitions, work.isolation, history).start();
            bounds = new PartitionWatch(bootstrap, work.topic, work.partitions, history);
            leaders = new LeaderWatch(ground, work.topic, history);
        }

        private void check() {
            producers.forEach(RecordedProducer::check);
            consumer.check();
            bounds.check();
            leaders.check();
        }

        @Override
        public void awaitProgress(Duration atMost) {
            check();
            producers.forEach(producer -> producer.awaitProgressEverywhere(PROGRESS, atMost));
            check();
        }

        @Override
        public void finish(Duration atMost) {
            producers.forEach(RecordedProducer::finish);
            bounds.close();
            leaders.close();
            check();
            consumer.finish(TopicReader.readAll(history, bootstrap, work.topic, work.partitions, atMost), atMost);
        }

        @Override
        public void close() {
            producers.forEach(RecordedProducer::close);
            consumer.close();
            bounds.close();
            leaders.close();
        }
    }
}
