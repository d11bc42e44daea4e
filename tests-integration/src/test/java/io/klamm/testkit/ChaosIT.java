/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LoopbackGround;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.nemesis.Nemesis;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.report.HtmlReport;
import io.klamm.testkit.workload.FreeConsumer;
import io.klamm.testkit.workload.PartitionWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * Producers and a consumer at work while a seeded nemesis kills and freezes nodes; then the history is judged. The seed is
 * -Dchaos.seed, else a new one. History and report stay in the cluster's folder.
 */
class ChaosIT {
    private static final String TOPIC = "chaos";
    private static final int PARTITIONS = 3;
    private static final long FAULTS_MILLIS = 35_000;
    private static final Duration WAIT = Duration.ofSeconds(90);

    @Test
    void whatIsPromisedHoldsWhileNodesAreKilledAndFrozen() throws Exception {
        long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);
        KlammCluster cluster = KlammCluster.define("chaos-" + seed, 3, Map.of());
        try (Ground ground = new LoopbackGround(cluster)) {
            Schedule schedule = Schedule.generate(seed, ground.abilities(), FAULTS_MILLIS);
            ground.start();
            cluster.createTopic(TOPIC, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
            Path file = ground.directory().resolve("history.jsonl");
            long sent;
            try (HistoryRecorder history = HistoryRecorder.to(file)) {
                run(ground, schedule, history);
                cluster.awaitFullIsr(TOPIC);
                cluster.stop();
                replicas(cluster, history);
                sent = history.history().of(Send.class).size();
            }
            History history = HistoryFile.read(file);
            List<Violation> violations = HistoryJudge.judge(history);
            Path page = ground.directory().resolve("report.html");
            HtmlReport.write(page, "seed " + seed + " on " + ground.name(), history, violations);
            assertThat(violations).as("%s; report in %s", schedule, page).isEmpty();
            assertThat(history.of(Send.class)).as("written and read back").hasSize((int) sent);
            assertThat(history.of(Fault.class))
                    .as("%s", schedule)
                    .hasSize(schedule.acts().stream()
                            .mapToInt(act -> act.faults().size())
                            .sum());
        }
    }

    private static void run(Ground ground, Schedule schedule, HistoryRecorder history) {
        try (RecordedProducer one = producer(0, ground, history);
                RecordedProducer other = producer(1, ground, history);
                FreeConsumer consumer =
                        new FreeConsumer(0, ground.bootstrap(), TOPIC, PARTITIONS, history).start();
                PartitionWatch watch = new PartitionWatch(ground.bootstrap(), TOPIC, PARTITIONS, history)) {
            one.awaitProgress(500, WAIT);
            new Nemesis(
                            ground,
                            history,
                            new TopicPartition(TOPIC, 0),
                            millis -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis)))
                    .perform(schedule);
            // Each goes on, over all partitions, after the last heal.
            one.awaitProgress(1_000, WAIT);
            other.awaitProgress(1_000, WAIT);
            one.finish();
            other.finish();
            watch.finish();
            long written = TopicReader.readAll(history, ground.bootstrap(), TOPIC, PARTITIONS, WAIT).stream()
                    .mapToLong(whole -> whole.records().size())
                    .sum();
            consumer.finish(written, WAIT);
        }
    }

    private static void replicas(KlammCluster cluster, HistoryRecorder history) {
        for (Contents whole : history.history().of(Contents.class)) {
            for (NodeProcess node : cluster.nodes()) {
                long now = history.now();
                history.add(new ReplicaLog(
                        history.since(now),
                        "node-" + node.nodeId(),
                        whole.partition(),
                        whole.end(),
                        ReplicaFiles.batches(node.directory().resolve("data"), whole.partition())));
            }
        }
    }

    private static RecordedProducer producer(int number, Ground ground, HistoryRecorder history) {
        return new RecordedProducer(number, ground.bootstrap(), TOPIC, PARTITIONS, Map.of(), history).start();
    }
}
