/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LoopbackGround;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.report.HtmlReport;
import io.klamm.testkit.workload.GroupWorkload;
import io.klamm.testkit.workload.LogWorkload;
import io.klamm.testkit.workload.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.GroupProtocol;

/**
 * Hostile clients at three nodes beside ordinary ones, whose history is judged in the end. The nodes must live, keep to their budget of
 * memory, log no fault, have the same on their disks, and go on serving the others.
 */
public final class HostileRun {
    /**
     * What a node may have resident. Its bounds are 512 MiB of heap, 64 + 16 MiB for requests, one request of 100 MiB beyond them, 128 MiB for answers that nobody
     * reads, and about 200 MiB for code, classes, threads, indexes and what event loops and allocators keep: 1,020 MiB. They are not reached together, since the heap holds no
     * records.
     */
    private static final long BUDGET_MIB = 900;

    /** Of the members of ordinary groups. */
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

    private static final Duration WAIT = Duration.ofMinutes(2);

    private final KlammCluster cluster;
    private final Ground ground;
    private final long seed;
    private final Verdict verdict = new Verdict();

    /**
     * @param violations promises to the ordinary clients that were broken
     * @param verdict what else was found, and what was measured
     * @param page the report
     */
    public record Result(History history, List<Violation> violations, Verdict verdict, Path page) {
        /** Whether nothing is as it should not be. */
        public boolean isSound() {
            return violations.isEmpty() && verdict.findings().isEmpty();
        }
    }

    private HostileRun(KlammCluster cluster, long seed) {
        this.cluster = cluster;
        this.ground = new LoopbackGround(cluster);
        this.seed = seed;
    }

    /**
     * Plays one run, on nodes of its own.
     *
     * @param atLeast how long hostile requests are sent; each assault is made, however long that takes
     */
    public static Result run(long seed, Duration atLeast) throws Exception {
        String session = Long.toString(SESSION_TIMEOUT.toMillis());
        Map<String, String> settings = Map.of(
                "metadata.digest.interval.facts", "10", // a short run has digests to compare, too
                "group.initial.rebalance.delay.ms", "0",
                "group.consumer.min.session.timeout.ms", session,
                "group.consumer.session.timeout.ms", session,
                "group.consumer.min.heartbeat.interval.ms", "1000",
                "group.consumer.heartbeat.interval.ms", "1000");
        try (KlammCluster cluster = KlammCluster.define("hostile-" + seed, 3, settings)) {
            return new HostileRun(cluster, seed).play(atLeast);
        }
    }

    private Result play(Duration atLeast) throws Exception {
        Path file = cluster.directory().resolve("history.jsonl");
        try (HistoryRecorder history = HistoryRecorder.to(file)) {
            ground.start();
            play(history, atLeast);
        }
        // Judged as it was written: a file can be judged again.
        History written = HistoryFile.read(file);
        List<Violation> violations = HistoryJudge.judge(written);
        Path page = cluster.directory().resolve("report.html");
        HtmlReport.write(page, "hostile clients, seed " + seed, written, violations, verdict.findings());
        return new Result(written, violations, verdict, page);
    }

    private void play(HistoryRecorder history, Duration atLeast) throws Exception {
        List<Workload> workloads = List.of(
                LogWorkload.strict("calm", 3),
                LogWorkload.registers("calm-registers", 2, 20),
                new GroupWorkload("calm-classic", 3, GroupProtocol.CLASSIC, seed),
                new GroupWorkload("calm-consumer", 3, GroupProtocol.CONSUMER, seed));
        List<Workload.Running> running = new ArrayList<>();
        List<NodeWatch> watches = cluster.nodes().stream().map(NodeWatch::new).toList();
        try {
            HostileTopics topics = new HostileTopics(ground);
            for (Workload workload : workloads) {
                running.add(workload.start(ground, history));
            }
            long from = history.now();
            boolean survived = new Siege(cluster, history, watches, seed, verdict).lay(atLeast);
            long to = history.now();
            watches.forEach(this::memory);
            if (survived) {
                pass(history, Mark.HEALED);
                running.forEach(each -> each.awaitProgress(WAIT));
                pass(history, Mark.ENDING);
                running.forEach(each -> each.finish(WAIT));
                ServiceRules.judge(history.history(), from, to, verdict);
                workloads.forEach(workload -> ground.awaitInSync(workload.topic(), WAIT));
                topics.awaitStill(WAIT);
                StoppedNodes.takeDown(ground, history);
                topics.takeDown(history);
                pass(history, Mark.COMPLETE);
            }
        } finally {
            watches.forEach(watch -> watch.faults().forEach(verdict::found));
            running.forEach(Workload.Running::close);
        }
    }

    private static void pass(HistoryRecorder history, Mark mark) {
        long now = history.now();
        history.add(new Milestone(history.since(now), "run", mark));
    }

    private void memory(NodeWatch node) {
        long most = node.mostResidentMib();
        verdict.measured(
                "node " + node.nodeId() + ": at most " + most + " MiB resident, " + node.logged() + " bytes of log");
        if (most > BUDGET_MIB) {
            verdict.found("node " + node.nodeId() + " has taken " + most + " MiB of memory");
        }
    }
}
