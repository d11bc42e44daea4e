/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryFile;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.nemesis.Play;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.report.RunSummary;
import io.klamm.testkit.report.SummaryTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plays run after run, a seed and a scenario each, until the time is over; prints the summary of each, and in the end a table over all.
 * Settings are system properties:
 *
 * <ul>
 *   <li>chaos.minutes: how long to go on with new runs
 *   <li>chaos.seed: of the first run; the next ones follow
 *   <li>chaos.scenarios: names, with commas
 *   <li>chaos.plays: names of the acts to choose from, with commas; of those that a ground cannot do there is none; all by default
 *   <li>chaos.fault.seconds: for how long acts begin in each run
 *   <li>chaos.journal: a file to which the summaries are added, see {@link ChaosJournal}
 * </ul>
 */
public final class ChaosProgram {
    private static final long FAULT_SECONDS = 120;
    private static final int MOST_PRINTED = 10;

    private final Set<Play> plays;
    private final long faultMillis;

    private ChaosProgram(Set<Play> plays, long faultMillis) {
        this.plays = plays;
        this.faultMillis = faultMillis;
    }

    public static void main(String[] arguments) throws Exception {
        List<ChaosScenario> scenarios = names("chaos.scenarios", "nodes,links,disks,power,clocks").stream()
                .map(ChaosScenario::valueOf)
                .toList();
        List<ChaosScenario> missing =
                scenarios.stream().filter(scenario -> !scenario.available()).toList();
        if (!missing.isEmpty()) {
            missing.forEach(scenario -> System.err.println(scenario + " cannot be played here: " + scenario.needs()));
            System.exit(2);
        }
        Set<Play> plays = EnumSet.noneOf(Play.class);
        names("chaos.plays", "").forEach(name -> plays.add(Play.valueOf(name)));
        ChaosProgram program = new ChaosProgram(
                plays.isEmpty() ? EnumSet.allOf(Play.class) : plays,
                Duration.ofSeconds(Long.getLong("chaos.fault.seconds", FAULT_SECONDS))
                        .toMillis());
        String journal = System.getProperty("chaos.journal", "");
        long deadline = System.nanoTime()
                + Duration.ofMinutes(Long.getLong("chaos.minutes", 10)).toNanos();
        long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);
        List<RunSummary> runs = new ArrayList<>();
        for (int run = 0; run == 0 || System.nanoTime() - deadline < 0; run++) {
            RunSummary summary = program.play(scenarios.get(run % scenarios.size()), seed + run);
            System.out.println(ChaosJournal.line(summary));
            if (!journal.isEmpty()) {
                new ChaosJournal(Path.of(journal)).append(summary);
            }
            runs.add(summary);
        }
        System.out.println();
        System.out.print(SummaryTable.of(runs));
        long bad = runs.stream().filter(run -> !run.good()).count();
        System.out.println(bad == 0 ? "\nAll promises held." : "\n" + bad + " runs were bad.");
        System.exit(bad == 0 ? 0 : 1);
    }

    private static List<String> names(String property, String byDefault) {
        return Arrays.stream(System.getProperty(property, byDefault).split(","))
                .map(name -> name.strip().toUpperCase(Locale.ROOT))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private RunSummary play(ChaosScenario scenario, long seed) throws Exception {
        String name = scenario.name().toLowerCase(Locale.ROOT);
        RunSummary.Replay replay = new RunSummary.Replay(
                plays.size() == Play.values().length
                        ? List.of()
                        : plays.stream().map(Play::name).toList(),
                Duration.ofMillis(faultMillis).toSeconds());
        Path directory;
        RunSummary summary;
        try (Ground ground = scenario.ground(seed)) {
            directory = ground.directory();
            System.out.println("seed " + seed + ", " + name + ": " + directory.resolve(ChaosRun.REPORT));
            Schedule schedule = Schedule.generate(seed, ground.abilities(), ground.nodes().size(), plays, faultMillis);
            try {
                ChaosRun.Result result = ChaosRun.run(ground, schedule, scenario.workloads(seed));
                print(result.violations());
                summary = RunSummary.of(seed, name, replay, result.history(), result.violations(), null);
            } catch (AssertionError e) {
                System.out.println(e.getMessage() + ": " + e.getCause());
                History until = HistoryFile.read(directory.resolve(ChaosRun.HISTORY));
                List<Violation> found = HistoryJudge.judgeUnfinished(until);
                print(found);
                summary = RunSummary.of(seed, name, replay, until, found, String.valueOf(e.getCause()));
            }
        }
        if (summary.good()) {
            keepOnlyReport(directory);
        }
        return summary;
    }

    private static void print(List<Violation> violations) {
        violations.stream().limit(MOST_PRINTED).forEach(System.out::println);
        if (violations.size() > MOST_PRINTED) {
            System.out.println("and " + (violations.size() - MOST_PRINTED) + " more violations");
        }
    }

    /** Of a run in which all promises held nobody needs the rest. */
    private static void keepOnlyReport(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            if (!file.equals(directory) && !file.endsWith(ChaosRun.REPORT)) {
                Files.delete(file);
            }
        }
    }
}
