/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

/** What many runs come to. */
final class Totals {
    private final Coverage coverage = new Coverage(() -> 0);
    private long seeds;
    private long events;
    private long fewestEvents = Long.MAX_VALUE;
    private int fewestFaults = Integer.MAX_VALUE;
    private long acknowledged;
    private long slowestHealingMs;
    /** The same for the same seeds, whichever thread played which. */
    private long hash;

    void add(SimulationRun.Result result) {
        seeds++;
        hash += result.hash();
        events += result.events();
        fewestEvents = Math.min(fewestEvents, result.events());
        fewestFaults = Math.min(fewestFaults, result.coverage().faultsThatBit());
        acknowledged += result.acknowledged();
        slowestHealingMs = Math.max(slowestHealingMs, result.healedMs());
        result.coverage().addTo(coverage);
    }

    /** Sum of the trace hashes. */
    long hash() {
        return hash;
    }

    long seeds() {
        return seeds;
    }

    /** In the run with the fewest. */
    long fewestEvents() {
        return fewestEvents;
    }

    /** That had consequences, in the run with the fewest. */
    int fewestFaults() {
        return fewestFaults;
    }

    Coverage coverage() {
        return coverage;
    }

    @Override
    public String toString() {
        return String.format(
                "%d seeds, %d events (at least %d each), %d records acknowledged, at least %d faults that bit each,"
                        + " healed within %d ms, trace hash %016x%n%s",
                seeds, events, fewestEvents, acknowledged, fewestFaults, slowestHealingMs, hash, coverage);
    }
}
