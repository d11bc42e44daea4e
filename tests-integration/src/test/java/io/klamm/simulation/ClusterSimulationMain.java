/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** Plays seeds without a test framework: {@code FIRST COUNT [THREADS]}. Ends with status 1 at the first that fails. */
public final class ClusterSimulationMain {
    private ClusterSimulationMain() {}

    public static void main(String[] args) throws InterruptedException {
        int threads = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        try {
            System.out.println(new SeedPlayer(Long.parseLong(args[0]), Long.parseLong(args[1]), threads).play());
        } catch (AssertionError e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }
}
