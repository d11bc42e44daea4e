/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import java.util.function.Consumer;

/**
 * A fault, inflicted again and again on one cluster.
 *
 * @param name for the table, and to choose by
 * @param namespaces whether the nodes need networks that can be cut
 * @param play inflicts the fault as often as asked
 */
record Scenario(String name, boolean namespaces, Play play) {
    @FunctionalInterface
    interface Play {
        void on(TestedCluster cluster, Effort effort, Consumer<Round> rounds) throws Exception;
    }

    /**
     * How much to measure.
     *
     * @param kills rounds of faults that are over in seconds
     * @param silences rounds of faults that wait for a session to end
     * @param flapSeconds how long the network flaps
     * @param seed of what is chosen at random
     */
    record Effort(int kills, int silences, int flapSeconds, long seed) {}
}
