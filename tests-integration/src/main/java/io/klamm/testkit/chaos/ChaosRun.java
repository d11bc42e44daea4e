/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
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

/**
 * Clients at work on a ground while a seeded nemesis does harm; then all is healed, read, compared on disk, and judged. The history and
 * a report stay in the ground's directory, also of a run that did not get to its end.
 */
public final class ChaosRun {
    static final String REPORT = "report.html";
    static final String HISTORY = "history.jsonl";
    static final String COMPRESSED_HISTORY = HISTORY + ".gz";

    private static final Duration WAIT = Duration.ofSeconds(90);

    /** After the last heal clients go on for so long, and more until all of them have done something: what stops later is seen, too. */
    private static final long CALM_MILLIS = 5_000;

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
     * @param workloads at the partitions of the first one the faults are aimed
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
                HtmlReport.write(page, title, until, HistoryJudge.judgeUnfinished(until), List.of(), e.toString());
                throw new AssertionError(schedule + "\nended early; report in " + page, e);
            }
        }
        // Judged as it was written: JudgeProgram does it again.
        History written = HistoryFile.read(file);
        List<Violation> violations = HistoryJudge.judge(written);
        HtmlReport.write(page, title, written, violations);
        return new Result(written, violations, page);
    }

    private void run(List<Workload> workloads) throws IOException {
        List<Workload.Running> running = new ArrayList<>();
        ground.start();
        AdminOperator operator = new AdminOperator(ground, history);
        FirstFailure failures = new FirstFailure().in(() -> work(workloads, running, operator));
        failures.in(operator::close);
        running.forEach(each -> failures.in(each::close));
        failures.rethrow();
        Inspection.perform(ground, history, WAIT);
        pass(Mark.COMPLETE);
    }

    private void work(List<Workload> workloads, List<Workload.Running> running, AdminOperator operator) {
        for (Workload workload : workloads) {
            running.add(workload.start(ground, history));
        }
        List<String> topics = workloads.stream()
                .flatMap(workload -> workload.topics().stream())
                .distinct()
                .toList();
        new Nemesis(ground, operator, history, topics, ChaosRun::waitFor).perform(schedule);
        ground.awaitInSync(topics, WAIT);
        pass(Mark.HEALED);
        waitFor(CALM_MILLIS);
        running.forEach(each -> each.awaitProgress(WAIT));
        pass(Mark.ENDING);
        running.forEach(each -> each.finish(WAIT));
        operator.finish(WAIT);
    }

    private void pass(Mark mark) {
        long now = history.now();
        history.add(new Milestone(history.since(now), "run", mark));
    }

    private static void waitFor(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
