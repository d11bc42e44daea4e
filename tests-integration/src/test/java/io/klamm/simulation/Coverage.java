/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.fact.PartitionState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Which rules were at work within a while after which faults: faults that change nothing prove nothing. */
final class Coverage {
    private static final long WHILE_MS = 2_500;

    /** What a fault calls for. */
    enum Rule {
        LEADER_CHANGED,
        NO_LEADER,
        ISR_SHRUNK,
        ISR_GREW,
        ELR_USED,
        LAST_KNOWN_ISR_REMEMBERED,
        RECOVERED_FROM_LAST_KNOWN_ISR,
        TRUNCATED,
        STARTED_ANEW,
        LOG_START_MOVED,
        DIR_OFFLINE,
        DUPLICATE,
        REASSIGNED,
        PREFERRED_LED_AGAIN,
        UNCLEANLY_ELECTED,
        REPLICA_DELETED,
        PARTITION_ADDED,
        TOO_FEW_IN_SYNC,
        READ_FROM_FOLLOWER,
        COORDINATOR_MOVED,
        COORDINATOR_LOADING,
        REBALANCED,
        MEMBER_FENCED,
        STATIC_RETURNED,
        RECONCILED,
        EPOCH_FENCED,
        INSTANCE_IN_USE,
        JOINED_MIXED_GROUP,
        CLASSIC_AGAIN,
        OFFSET_COMMITTED,
        OLD_COMMIT_REFUSED
    }

    private final LongSupplier nowMs;
    private final Map<Fault, Long> lastMs = new EnumMap<>(Fault.class);
    private final Map<Fault, Map<Rule, Integer>> table = new EnumMap<>(Fault.class);
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    /** When the faults were injected that have not bitten yet. */
    private final List<Long> pending = new ArrayList<>();

    private int bit;

    Coverage(LongSupplier nowMs) {
        this.nowMs = nowMs;
    }

    void injected(Fault fault) {
        lastMs.put(fault, nowMs.getAsLong());
        counts.merge(fault, 1, Integer::sum);
        pending.add(nowMs.getAsLong());
    }

    void happened(Rule rule) {
        if (!pending.isEmpty()) {
            pending.removeIf(ms -> nowMs.getAsLong() - ms > WHILE_MS);
            bit += pending.size();
            pending.clear();
        }
        lastMs.forEach((fault, ms) -> {
            if (nowMs.getAsLong() - ms <= WHILE_MS) {
                table.computeIfAbsent(fault, any -> new EnumMap<>(Rule.class)).merge(rule, 1, Integer::sum);
            }
        });
    }

    void transition(PartitionState old, PartitionState now) {
        if (now.leader() != old.leader()) {
            happened(now.hasLeader() ? Rule.LEADER_CHANGED : Rule.NO_LEADER);
            boolean preferred =
                    now.hasLeader() && now.leader() == now.replicas().get(0);
            if (preferred && old.isr().contains(old.leader()) && now.isr().contains(old.leader())) {
                happened(Rule.PREFERRED_LED_AGAIN);
            }
            if (now.hasLeader()
                    && !old.isr().contains(now.leader())
                    && !old.isr().isEmpty()
                    && !old.elr().contains(now.leader())) {
                happened(Rule.UNCLEANLY_ELECTED);
            } else if (now.hasLeader() && !old.isr().contains(now.leader())) {
                boolean eligible = old.elr().contains(now.leader());
                happened(eligible ? Rule.ELR_USED : Rule.RECOVERED_FROM_LAST_KNOWN_ISR);
            }
        }
        if (now.isr().size() < old.isr().size()) {
            happened(Rule.ISR_SHRUNK);
        } else if (now.isr().size() > old.isr().size()) {
            happened(Rule.ISR_GREW);
        }
        if (now.lastKnownIsr().size() > old.lastKnownIsr().size()) {
            happened(Rule.LAST_KNOWN_ISR_REMEMBERED);
        }
    }

    /** How many of the injected faults were followed by a rule at work within that while. */
    int faultsThatBit() {
        return bit;
    }

    /** What has never been seen at work, and which faults have never been injected; empty when the runs cover everything. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            if (!counts.containsKey(fault)) {
                missing.add(fault.toString());
            }
        }
        for (Rule rule : Rule.values()) {
            if (table.values().stream().noneMatch(row -> row.containsKey(rule))) {
                missing.add(rule.toString());
            }
        }
        return missing;
    }

    void addTo(Coverage total) {
        counts.forEach((fault, count) -> total.counts.merge(fault, count, Integer::sum));
        table.forEach((fault, row) -> row.forEach((rule, count) -> total.table
                .computeIfAbsent(fault, any -> new EnumMap<>(Rule.class))
                .merge(rule, count, Integer::sum)));
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(String.format("%-24s%10s", "fault", "injected"));
        for (Rule rule : Rule.values()) {
            out.append(String.format("  %s", rule.name().toLowerCase(java.util.Locale.ROOT)));
        }
        for (Fault fault : Fault.values()) {
            out.append(String.format(
                    "%n%-24s%10d", fault.name().toLowerCase(java.util.Locale.ROOT), counts.getOrDefault(fault, 0)));
            for (Rule rule : Rule.values()) {
                int count = table.getOrDefault(fault, Map.of()).getOrDefault(rule, 0);
                out.append(String.format("  %" + rule.name().length() + "d", count));
            }
        }
        return out.toString();
    }
}
