/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.metadata.quorum.DigestCheck;
import io.klamm.testkit.ReplicaFiles;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.nemesis.AdminOperator;
import io.klamm.testkit.nemesis.Nemesis;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.report.HtmlReport;
import io.klamm.testkit.workload.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.TopicPartition;

/**
 * Clients at work on a ground while a seeded nemesis does harm; then all is healed, read, compared on disk, and judged. The history and
 * a report stay in the ground's directory, also of a run that did not get to its end.
 */
public final class ChaosRun {
    static final String REPORT = "report.html";
    static final String HISTORY = "history.jsonl";

    private static final Duration WAIT = Duration.ofSeconds(90);

    private final Ground ground;
    private final Schedule schedule;
    private final HistoryRecorder history;

    /**
     * @param violations promises that were broken
     * @param page the report
     */
    public record Result(History history, List<Violation> violations, Path page) {}

    private ChaosRun(Ground ground, Schedule schedule, HistoryRecorder history) {
        this.ground = ground;
        this.schedule = schedule;
        this.history = history;
    }

    /**
     * @param ground not started; its nodes are stopped afterwards
     * @param workloads at the first partition of the first one the faults are aimed
     * @throws AssertionError when a fault did not bite, or nodes or clients did not recover
     */
    public static Result run(Ground ground, Schedule schedule, List<Workload> workloads) throws Exception {
        Path file = ground.directory().resolve(HISTORY);
        Path page = ground.directory().resolve(REPORT);
        String title = "seed " + schedule.seed() + " on " + ground.name();
        try (HistoryRecorder history = HistoryRecorder.to(file)) {
            try {
                new ChaosRun(ground, schedule, history).run(workloads);
            } catch (Exception | AssertionError e) {
                History until = history.history();
                HtmlReport.write(page, title + ", ended early by " + e, until, HistoryJudge.judge(until));
                throw new AssertionError(schedule + "\nended early; report in " + page, e);
            }
        }
        // Judged as it was written: a file can be judged again.
        History written = HistoryFile.read(file);
        List<Violation> violations = HistoryJudge.judge(written);
        HtmlReport.write(page, title, written, violations);
        return new Result(written, violations, page);
    }

    private void run(List<Workload> workloads) throws IOException {
        List<Workload.Running> running = new ArrayList<>();
        ground.start();
        try (AdminOperator operator = new AdminOperator(ground, history)) {
            for (Workload workload : workloads) {
                running.add(workload.start(ground, history));
            }
            List<String> topics = workloads.stream().map(Workload::topic).toList();
            TopicPartition aim = new TopicPartition(topics.get(0), 0);
            new Nemesis(ground, operator, history, aim, ChaosRun::waitFor).perform(schedule);
            running.forEach(each -> each.awaitProgress(WAIT));
            running.forEach(each -> each.finish(WAIT));
            operator.finish(WAIT);
            topics.forEach(topic -> ground.awaitInSync(topic, WAIT));
        } finally {
            running.forEach(Workload.Running::close);
        }
        ground.stopAll();
        replicas();
        metadata();
    }

    private static void waitFor(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void replicas() {
        for (Contents whole : history.history().of(Contents.class)) {
            for (Integer node : ground.nodes()) {
                long now = history.now();
                history.add(new ReplicaLog(
                        history.since(now),
                        "node-" + node,
                        whole.partition(),
                        whole.end(),
                        ReplicaFiles.batches(ground.dataDirectory(node), whole.partition())));
            }
        }
    }

    /**
     * Digests at the offsets where an active controller has recorded one: what lies before such a record is committed, what lies behind the
     * last one may not be.
     */
    private void metadata() throws IOException {
        for (Integer node : ground.nodes()) {
            long now = history.now();
            for (DigestCheck.Compared each :
                    DigestCheck.check(ground.metadataDirectory(node)).digests()) {
                history.add(new MetadataDigest(
                        history.since(now), "active-controller", each.endOffset(), Long.toHexString(each.recorded())));
                Long computed = each.computed();
                if (computed != null) {
                    history.add(new MetadataDigest(
                            history.since(now), "node-" + node, each.endOffset(), Long.toHexString(computed)));
                }
            }
        }
    }
}
