/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the members of one group were told: a generation has one assignment for ever, in which each partition has one owner; what belongs
 * to an older generation is refused; an acknowledged commit stays until a later one takes its place.
 *
 * <p>A coordinator that is deposed and does not know it may still answer what it need not write down, as Kafka's may. So such answers
 * are held against what coordinators of its own and of earlier leader epochs had told.
 */
final class GroupHistory {
    private static final long NEVER = Long.MAX_VALUE;

    private final String group;
    /** Orders what clients do and hear. */
    private long clock;

    private long assignments;
    private final TreeMap<Integer, Learned> generations = new TreeMap<>();
    private final Map<Integer, Map<PartitionId, String>> ownersOfEpoch = new HashMap<>();
    /** Who was told last that it may own a partition. */
    private final Map<PartitionId, Holder> holders = new HashMap<>();

    private int newestEpoch;
    private final Map<Integer, List<Commit>> commits = new HashMap<>();

    private record Holder(String member, long servedAt, int leaderEpoch) {}

    /** A generation that a member has learned its part of. */
    private static final class Learned {
        private final long assignment;
        private final long at;
        private final int epoch;
        /** By partition. */
        private final Map<Integer, String> owners = new HashMap<>();

        private Learned(long assignment, long at, int epoch) {
            this.assignment = assignment;
            this.at = at;
            this.epoch = epoch;
        }
    }

    /** An offset that somebody wants to commit; no two of a partition are equal. */
    static final class Commit {
        private final int partition;
        private final long offset;
        private final int generation;
        private final long sentAt;
        private long acknowledgedAt = NEVER;
        private int epoch = -1;
        private boolean refused;

        private Commit(int partition, long offset, int generation, long sentAt) {
            this.partition = partition;
            this.offset = offset;
            this.generation = generation;
            this.sentAt = sentAt;
        }

        long offset() {
            return offset;
        }

        /** Or epoch of the member that has sent it. */
        int generation() {
            return generation;
        }

        @Override
        public String toString() {
            return offset + " of generation " + generation + (refused ? ", refused" : "")
                    + (acknowledgedAt == NEVER ? "" : ", acknowledged in epoch " + epoch);
        }
    }

    GroupHistory(String group) {
        this.group = group;
    }

    String group() {
        return group;
    }

    /** A client sends something now. */
    long sent() {
        return ++clock;
    }

    /** Of an assignment that nobody has made before. */
    long nextAssignment() {
        return ++assignments;
    }

    /** The newest generation, or epoch, that anybody has learned its part of; 0 when nobody has. */
    int newestGeneration() {
        return Math.max(newestEpoch, generations.isEmpty() ? 0 : generations.lastKey());
    }

    /** Answers of the coordinator in this epoch, to what was sent then, must know of this generation. */
    private int knownTo(long sentAt, int epoch) {
        for (Map.Entry<Integer, Learned> each : generations.descendingMap().entrySet()) {
            if (each.getValue().at < sentAt && each.getValue().epoch <= epoch) {
                return each.getKey();
            }
        }
        return 0;
    }

    /** Somebody is part of this generation, and does not know its part yet. */
    void joined(String member, int generation, long sentAt, int epoch) {
        int known = knownTo(sentAt, epoch);
        if (generation < known) {
            throw Broken.promise(
                    "%s joins generation %s of %s in epoch %s, after %s was complete",
                    member, generation, group, epoch, known);
        }
    }

    /** A heartbeat in this generation was answered with NONE. */
    void alive(String member, int generation, long sentAt, int epoch) {
        int known = knownTo(sentAt, epoch);
        if (generation < known) {
            throw Broken.promise(
                    "%s is taken for a member of generation %s of %s in epoch %s, after %s was complete",
                    member, generation, group, epoch, known);
        }
    }

    /** A member has learned its part. */
    void learned(String member, int generation, long assignment, Collection<Integer> partitions, int epoch) {
        Learned learned = generations.computeIfAbsent(generation, any -> new Learned(assignment, ++clock, epoch));
        if (learned.assignment != assignment) {
            throw Broken.promise(
                    "generation %s of %s has two assignments: %s learns the %sth, others know the %sth",
                    generation, group, member, assignment, learned.assignment);
        }
        for (int partition : partitions) {
            String other = learned.owners.putIfAbsent(partition, member);
            if (other != null && !other.equals(member)) {
                throw Broken.promise(
                        "partition %s has two owners in generation %s of %s: %s and %s",
                        partition, generation, group, other, member);
            }
        }
    }

    /**
     * A member of the consumer protocol was heard and told what it may own in its epoch; in it, nobody else may. What it owned when it
     * asked was not given to somebody else before.
     *
     * @param servedAt orders the answers of a coordinator
     */
    void assigned(
            String member,
            int epoch,
            Collection<PartitionId> partitions,
            Collection<PartitionId> owned,
            long servedAt,
            int leaderEpoch) {
        for (PartitionId partition : owned) {
            Holder other = holders.get(partition);
            if (other != null
                    && !other.member.equals(member)
                    && other.leaderEpoch <= leaderEpoch
                    && other.servedAt < servedAt) {
                throw Broken.promise(
                        "%s of %s was given to %s while %s owned it, and still does in epoch %s",
                        partition, group, other.member, member, epoch);
            }
        }
        for (PartitionId partition : partitions) {
            Holder before = holders.get(partition);
            boolean later = before == null
                    || leaderEpoch > before.leaderEpoch
                    || (leaderEpoch == before.leaderEpoch && servedAt > before.servedAt);
            if (later) { // this answer may have been long on its way
                holders.put(partition, new Holder(member, servedAt, leaderEpoch));
            }
        }
        newestEpoch = Math.max(newestEpoch, epoch);
        Map<PartitionId, String> owners = ownersOfEpoch.computeIfAbsent(epoch, any -> new HashMap<>());
        for (PartitionId partition : partitions) {
            String other = owners.putIfAbsent(partition, member);
            if (other != null && !other.equals(member)) {
                throw Broken.promise(
                        "%s has two owners in epoch %s of %s: %s and %s", partition, epoch, group, other, member);
            }
        }
    }

    Commit committing(int partition, int generation) {
        List<Commit> all = commits.computeIfAbsent(partition, any -> new ArrayList<>());
        Commit commit = new Commit(partition, all.size() + 1L, generation, ++clock);
        all.add(commit);
        return commit;
    }

    void acknowledged(Commit commit, int epoch) {
        // It was written, so whoever wrote it knew all that was committed before.
        int known = knownTo(commit.sentAt, Integer.MAX_VALUE);
        if (commit.generation < known) {
            throw Broken.promise(
                    "%s of partition %s was accepted in %s, after generation %s was complete",
                    commit, commit.partition, group, known);
        }
        commit.acknowledgedAt = ++clock;
        commit.epoch = epoch;
    }

    /** It was not written, and never will be. */
    void refused(Commit commit) {
        commit.refused = true;
    }

    /**
     * Somebody has asked how far the group has read. What one was told is there for good, as if it had been acknowledged.
     *
     * @param offset -1 when the answer was that nothing is committed
     */
    void read(int partition, long offset, long sentAt, int epoch) {
        List<Commit> all = commits.getOrDefault(partition, List.of());
        Commit read = offset < 1 || offset > all.size() ? null : all.get((int) offset - 1);
        if (offset != -1 && (read == null || read.refused)) {
            throw Broken.promise(
                    "%s is committed for partition %s of %s, and was %s",
                    offset, partition, group, read == null ? "never sent" : "refused");
        }
        for (Commit other : all) {
            boolean before = other.acknowledgedAt < sentAt && other.epoch <= epoch;
            if (before && (read == null || isFormer(read, other))) {
                throw Broken.promise(
                        "for partition %s of %s, epoch %s knows %s; acknowledged was %s",
                        partition, group, epoch, read, other);
            }
        }
        if (read != null && read.acknowledgedAt == NEVER) {
            read.acknowledgedAt = ++clock;
            read.epoch = epoch;
        }
    }

    /** Whether it was written before the other one, if ever. */
    private static boolean isFormer(Commit commit, Commit acknowledged) {
        return commit.acknowledgedAt < acknowledged.sentAt || commit.generation < acknowledged.generation;
    }

    @Override
    public String toString() {
        return "group " + group + " in generation " + newestGeneration();
    }
}
