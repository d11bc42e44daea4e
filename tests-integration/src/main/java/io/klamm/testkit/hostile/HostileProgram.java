/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.time.Duration;

/**
 * Plays hostile runs, a seed each, until the time is over. Settings are system properties: hostile.minutes, hostile.seed (of the first
 * run; the next ones follow), hostile.run.seconds.
 */
public final class HostileProgram {
    private static final int MOST_PRINTED = 30;

    private HostileProgram() {}

    public static void main(String[] arguments) throws Exception {
        long deadline = System.nanoTime()
                + Duration.ofMinutes(Long.getLong("hostile.minutes", 10)).toNanos();
        long seed = Long.getLong("hostile.seed", System.nanoTime() & 0xFFFF_FFFFL);
        Duration each = Duration.ofSeconds(Long.getLong("hostile.run.seconds", 120));
        int bad = 0;
        for (int run = 0; run == 0 || System.nanoTime() - deadline < 0; run++) {
            System.out.println("seed " + (seed + run));
            try {
                HostileRun.Result result = HostileRun.run(seed + run, each);
                System.out.println("  " + result.page());
                result.violations().stream()
                        .limit(MOST_PRINTED)
                        .forEach(line -> System.out.println("  BROKEN " + line));
                bad += result.isSound() ? 0 : 1;
            } catch (AssertionError e) {
                System.out.println("  did not get to its end: " + e);
                bad++;
            }
        }
        System.out.println(bad == 0 ? "All was as it should be." : bad + " runs were bad.");
        System.exit(bad == 0 ? 0 : 1);
    }
}
