/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.nemesis.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Plays run after run, a seed and a scenario each, until the time is over, and prints a line for each. Settings are system properties:
 * chaos.minutes, chaos.seed (of the first run; the next ones follow), chaos.scenarios (names, with commas).
 */
public final class ChaosProgram {
    private static final Duration FAULTS = Duration.ofMinutes(2);
    private static final int MOST_PRINTED = 10;

    private ChaosProgram() {}

    public static void main(String[] arguments) throws Exception {
        List<ChaosScenario> scenarios = Arrays.stream(System.getProperty("chaos.scenarios", "nodes,links,disks")
                        .split(","))
                .map(name -> ChaosScenario.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
        long deadline = System.nanoTime()
                + Duration.ofMinutes(Long.getLong("chaos.minutes", 10)).toNanos();
        long seed = Long.getLong("chaos.seed", System.nanoTime() & 0xFFFF_FFFFL);
        int bad = 0;
        for (int run = 0; run == 0 || System.nanoTime() - deadline < 0; run++) {
            if (!play(scenarios.get(run % scenarios.size()), seed + run)) {
                bad++;
            }
        }
        System.out.println(bad == 0 ? "All promises held." : bad + " runs were bad.");
        System.exit(bad == 0 ? 0 : 1);
    }

    private static boolean play(ChaosScenario scenario, long seed) throws Exception {
        String what = "seed " + seed + ", " + scenario.name().toLowerCase(Locale.ROOT) + ": ";
        Path directory;
        try (Ground ground = scenario.ground(seed)) {
            directory = ground.directory();
            Schedule schedule = Schedule.generate(seed, ground.abilities(), FAULTS.toMillis());
            ChaosRun.Result result = ChaosRun.run(ground, schedule, scenario.workloads(seed));
            System.out.println(what + result.history().of(Send.class).size() + " sends, "
                    + result.history().of(Fault.class).size() + " faults, "
                    + result.violations().size() + " violations; " + result.page());
            if (!result.violations().isEmpty()) {
                result.violations().stream().limit(MOST_PRINTED).forEach(System.out::println);
                return false;
            }
        } catch (AssertionError e) {
            System.out.println(what + e.getMessage() + ": " + e.getCause());
            return false;
        }
        keepOnlyReport(directory);
        return true;
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
