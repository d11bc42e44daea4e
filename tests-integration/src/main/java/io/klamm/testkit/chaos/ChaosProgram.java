/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.nemesis.Play;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.report.RunSummary;
import io.klamm.testkit.report.SummaryTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Plays run after run, a seed and a scenario each, until the time is over; prints the summary of each, and in the end a table over all.
 * Settings are system properties:
 *
 * <ul>
 *   <li>chaos.minutes: how long to go on with new runs
 *   <li>chaos.seed: of the first run; the next ones follow
 *   <li>chaos.scenarios: names, with commas; all by default, but containers only where they can run
 *   <li>chaos.plays: names of the acts to choose from, with commas; of those that a ground cannot do there is none; all by default
 *   <li>chaos.fault.seconds: for how long acts begin in each run
 *   <li>chaos.journal: a file to which the summaries are added, see {@link ChaosJournal}
 * </ul>
 *
 * <p>A run that fails of anything is a bad one, and the next one is played; only lack of memory, and several runs that could not even begin,
 * end the program.
 */
public final class ChaosProgram {
    private static final long FAULT_SECONDS = 120;

    /** So many runs one after the other that could not begin: the next one cannot, either. */
    private static final int MOST_UNBEGUN = 5;

    private ChaosProgram() {}

    public static void main(String[] arguments) throws Exception {
        List<ChaosScenario> scenarios = scenarios(names("chaos.scenarios"));
        Set<Play> plays = EnumSet.noneOf(Play.class);
        names("chaos.plays").forEach(name -> plays.add(Play.valueOf(name)));
        Duration faults = Duration.ofSeconds(Long.getLong("chaos.fault.seconds", FAULT_SECONDS));
        RunSummary.Replay replay =
                new RunSummary.Replay(plays.stream().map(Play::name).toList(), faults.toSeconds());
        Set<Play> chosen = plays.isEmpty() ? EnumSet.allOf(Play.class) : plays;
        String journal = System.getProperty("chaos.journal", "");
        long deadline = System.nanoTime()
                + Duration.ofMinutes(Long.getLong("chaos.minutes", 10)).toNanos();
        long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);
        List<RunSummary> runs = new ArrayList<>();
        int unbegun = 0;
        String giveUp = "";
        for (int run = 0; giveUp.isEmpty() && (run == 0 || System.nanoTime() - deadline < 0); run++) {
            ChaosScenario scenario = scenarios.get(run % scenarios.size());
            SeededRun played = new SeededRun(new OfScenario(scenario, chosen, faults.toMillis()), seed + run);
            RunSummary summary = played.play(replay);
            System.out.println(ChaosJournal.line(summary));
            if (!journal.isEmpty()) {
                new ChaosJournal(Path.of(journal)).append(summary);
            }
            runs.add(summary);
            unbegun = played.hasBegun() ? 0 : unbegun + 1;
            if (played.isOutOfMemory()) {
                giveUp = "Out of memory: the run of seed " + (seed + run) + " does not fit into a heap of "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB (-Xmx), nor will the next one.";
            } else if (unbegun == MOST_UNBEGUN) {
                giveUp = "The last " + unbegun + " runs could not begin.";
            }
        }
        System.out.println();
        System.out.print(SummaryTable.of(runs));
        long bad = runs.stream().filter(run -> !run.good()).count();
        System.out.println(bad == 0 ? "\nAll promises held." : "\n" + bad + " runs were bad.");
        if (!giveUp.isEmpty()) {
            System.err.println(giveUp);
        }
        System.exit(bad == 0 ? 0 : 1);
    }

    /** What can be played of what is asked for; ends the program when that is not all, but for containers that nobody has named. */
    private static List<ChaosScenario> scenarios(List<String> named) {
        List<ChaosScenario> scenarios = new ArrayList<>(
                named.isEmpty()
                        ? List.of(ChaosScenario.values())
                        : named.stream().map(ChaosScenario::valueOf).toList());
        if (named.isEmpty() && !ChaosScenario.CONTAINERS.available()) {
            scenarios.remove(ChaosScenario.CONTAINERS);
            System.out.println("CONTAINERS are left out: " + ChaosScenario.CONTAINERS.needs());
        }
        List<ChaosScenario> missing =
                scenarios.stream().filter(scenario -> !scenario.available()).toList();
        if (!missing.isEmpty()) {
            missing.forEach(scenario -> System.err.println(scenario + " cannot be played here: " + scenario.needs()));
            System.exit(2);
        }
        return scenarios;
    }

    private static List<String> names(String property) {
        return Arrays.stream(System.getProperty(property, "").split(","))
                .map(name -> name.strip().toUpperCase(Locale.ROOT))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** @param faultMillis for how long acts begin */
    private record OfScenario(ChaosScenario scenario, Set<Play> plays, long faultMillis) implements SeededRun.Stage {
        @Override
        public String name() {
            return scenario.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public Ground ground(long seed) {
            return scenario.ground(seed);
        }

        @Override
        public ChaosRun.Result play(Ground ground, long seed) throws Exception {
            Schedule schedule =
                    Schedule.generate(seed, ground.abilities(), ground.nodes().size(), plays, faultMillis);
            return ChaosRun.run(ground, schedule, scenario.workloads(seed));
        }
    }
}
