/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which replicas go where. Whatever may stay stays: a replica moves only off a node that is to have none, or when the node it is
 * on has at least two more than another. Nodes in racks that the partition is not in yet come first, and no move takes a partition out of
 * a rack into one that it is in already. Pure; the same input gives the same plan.
 */
final class ReplicaPlanner {
    /**
     * A partition as it is.
     *
     * @param replicas node ids, preferred leader first
     */
    record Placed(String topic, int partition, List<Integer> replicas) {}

    private static final class Work {
        final Placed placed;
        final List<Integer> replicas;

        Work(Placed placed) {
            this.placed = placed;
            this.replicas = new ArrayList<>(placed.replicas());
        }
    }

    private final Map<Integer, @Nullable String> racks;
    private final List<Work> works = new ArrayList<>();
    private final Map<Integer, Integer> replicasOn = new HashMap<>();
    private final Map<Integer, Integer> preferredOn = new HashMap<>();

    /**
     * @param partitions which may move
     * @param others which stay as they are, and count as load
     * @param racks rack of each node that may have replicas, null when it names none
     */
    private ReplicaPlanner(
            Collection<Placed> partitions, Collection<Placed> others, Map<Integer, @Nullable String> racks) {
        this.racks = new TreeMap<>(racks);
        for (Placed placed : partitions) {
            works.add(new Work(placed));
        }
        for (Placed placed : partitions) {
            count(placed);
        }
        others.forEach(this::count);
    }

    private void count(Placed placed) {
        placed.replicas().forEach(node -> replicasOn.merge(node, 1, Integer::sum));
        placed.replicas().stream().limit(1).forEach(node -> preferredOn.merge(node, 1, Integer::sum));
    }

    /**
     * Spreads partitions evenly over nodes, with as few copies as it takes.
     *
     * @throws CommandException when a partition has more replicas than there are nodes
     */
    static List<ReplicaMove> spread(
            Collection<Placed> partitions, Collection<Placed> others, Map<Integer, @Nullable String> racks) {
        ReplicaPlanner planner = new ReplicaPlanner(partitions, others, racks);
        planner.leave(node -> !racks.containsKey(node));
        planner.level();
        planner.levelPreferred();
        return planner.moves();
    }

    /** Moves replicas off one node, to those of {@code racks}, and nothing else. */
    static List<ReplicaMove> vacate(
            int node, Collection<Placed> partitions, Collection<Placed> others, Map<Integer, @Nullable String> racks) {
        ReplicaPlanner planner = new ReplicaPlanner(partitions, others, racks);
        planner.leave(one -> one == node);
        return planner.moves();
    }

    private void leave(IntPredicate unwanted) {
        for (Work work : works) {
            for (int i = 0; i < work.replicas.size(); i++) {
                if (unwanted.test(work.replicas.get(i))) {
                    int old = work.replicas.get(i);
                    Integer node = racks.keySet().stream()
                            .filter(other -> !work.replicas.contains(other))
                            .min(Comparator.<Integer>comparingInt(other -> inRackOf(work, other, old))
                                    .thenComparingInt(this::load)
                                    .thenComparingInt(other -> preferredOn.getOrDefault(other, 0))
                                    .thenComparingInt(other -> other))
                            .orElseThrow(() -> new CommandException(work.placed.topic() + "-" + work.placed.partition()
                                    + " has " + Words.count(work.replicas.size(), "replica") + ", but only "
                                    + Words.count(racks.size(), "node")
                                    + " may have them: add nodes, or lower its replication factor"));
                    replace(work, i, node);
                }
            }
        }
    }

    /** How many replicas of the partition are in the node's rack, without the one that leaves. Nodes without a rack are alone in theirs. */
    private int inRackOf(Work work, int node, int leaving) {
        String rack = racks.get(node);
        return rack == null
                ? 0
                : (int) work.replicas.stream()
                        .filter(other -> other != leaving && rack.equals(racks.get(other)))
                        .count();
    }

    private int load(int node) {
        return replicasOn.getOrDefault(node, 0);
    }

    private void replace(Work work, int at, int node) {
        int old = work.replicas.set(at, node);
        replicasOn.merge(old, -1, Integer::sum);
        replicasOn.merge(node, 1, Integer::sum);
        if (at == 0) {
            preferredOn.merge(old, -1, Integer::sum);
            preferredOn.merge(node, 1, Integer::sum);
        }
    }

    /** One replica after the other goes from a fuller node to an emptier one, until no two differ by more than one. */
    private void level() {
        boolean moved = true;
        while (moved) {
            moved = false;
            List<Integer> byLoad = new ArrayList<>(racks.keySet());
            byLoad.sort(Comparator.comparingInt(this::load));
            for (int low = 0; low < byLoad.size() && !moved; low++) {
                for (int high = byLoad.size() - 1; high > low && !moved; high--) {
                    int from = byLoad.get(high);
                    int to = byLoad.get(low);
                    moved = load(from) - load(to) > 1 && moveOne(from, to);
                }
            }
        }
    }

    private boolean moveOne(int from, int to) {
        Work best = null;
        for (Work work : works) {
            if (work.replicas.contains(from)
                    && !work.replicas.contains(to)
                    && inRackOf(work, to, from) <= inRackOf(work, from, from)
                    && (best == null || (isMoved(work) && !isMoved(best)))) {
                best = work; // one that moves anyway
            }
        }
        if (best == null) {
            return false;
        }
        replace(best, best.replicas.indexOf(from), to);
        return true;
    }

    private static boolean isMoved(Work work) {
        return !work.placed.replicas().containsAll(work.replicas);
    }

    /** Another of its replicas is preferred as leader, where that makes it more even. Nothing is copied for this. */
    private void levelPreferred() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Work work : works) {
                for (int i = 1; i < work.replicas.size(); i++) {
                    int first = work.replicas.get(0);
                    int other = work.replicas.get(i);
                    if (preferredOn.getOrDefault(first, 0) - preferredOn.getOrDefault(other, 0) > 1) {
                        work.replicas.set(0, other);
                        work.replicas.set(i, first);
                        preferredOn.merge(first, -1, Integer::sum);
                        preferredOn.merge(other, 1, Integer::sum);
                        changed = true;
                    }
                }
            }
        }
    }

    private List<ReplicaMove> moves() {
        return works.stream()
                .filter(work -> !work.replicas.equals(work.placed.replicas()))
                .map(work -> new ReplicaMove(
                        work.placed.topic(),
                        work.placed.partition(),
                        work.placed.replicas(),
                        List.copyOf(work.replicas)))
                .toList();
    }

    /** The nodes of {@code racks} that are in {@code wanted}. */
    static Map<Integer, @Nullable String> only(Map<Integer, @Nullable String> racks, Collection<Integer> wanted) {
        Map<Integer, @Nullable String> some = new TreeMap<>();
        Set<Integer> unknown = new LinkedHashSet<>();
        for (Integer node : wanted) {
            if (racks.containsKey(node)) {
                some.put(node, racks.get(node));
            } else {
                unknown.add(node);
            }
        }
        if (!unknown.isEmpty()) {
            throw new CommandException("node " + Words.ids(List.copyOf(unknown))
                    + " cannot take replicas: it is not registered, is down, or is being drained");
        }
        return some;
    }
}
