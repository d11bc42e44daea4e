/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** Plays seeds without a test framework: {@code FIRST COUNT}. Ends with status 1 at the first that fails. */
public final class ClusterSimulationMain {
    private ClusterSimulationMain() {}

    public static void main(String[] args) {
        long first = Long.parseLong(args[0]);
        long count = Long.parseLong(args[1]);
        Coverage total = new Coverage(() -> 0);
        long events = 0;
        long fewest = Long.MAX_VALUE;
        int acknowledged = 0;
        for (long seed = first; seed < first + count; seed++) {
            try {
                SimulationRun.Result result = new SimulationRun(seed).play();
                events += result.events();
                fewest = Math.min(fewest, result.events());
                acknowledged += result.acknowledged();
                result.coverage().addTo(total);
            } catch (AssertionError | RuntimeException e) {
                System.out.println("seed " + seed + ": " + e);
                e.printStackTrace(System.out);
                System.exit(1);
            }
        }
        System.out.printf(
                "%d seeds, %d events, at least %d, %d acknowledged%n%s%n", count, events, fewest, acknowledged, total);
    }
}
