/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * What the cluster knows of one partition.
 *
 * <p>Epochs: {@code leaderEpoch} grows with every change of leader (and when an unclean restart must be told apart);
 * {@code partitionEpoch} grows with every change of this record and is what an ISR change compares and sets.
 *
 * @param replicas brokers that hold the partition, preferred leader first
 * @param directories directory id of each replica's log dir, same order; {@link Uuid#ZERO_UUID} while unassigned
 * @param isr in-sync replicas: each holds everything that was ever acknowledged
 * @param elr eligible leader replicas (KIP-966): left the ISR cleanly when it fell below min.insync.replicas
 * @param lastKnownIsr replicas that were in ISR or ELR and came back from an unclean stop, until the partition has a leader
 *     with the effective min ISR again
 * @param addingReplicas replicas being added by a reassignment
 * @param removingReplicas replicas being removed by a reassignment
 * @param leader broker id of the leader, {@link #NO_LEADER} when there is none
 * @param leaderEpoch epoch of the leader
 * @param partitionEpoch version of this state
 */
public record PartitionState(
        List<Integer> replicas,
        List<Uuid> directories,
        List<Integer> isr,
        List<Integer> elr,
        List<Integer> lastKnownIsr,
        List<Integer> addingReplicas,
        List<Integer> removingReplicas,
        int leader,
        int leaderEpoch,
        int partitionEpoch) {

    public static final int NO_LEADER = -1;

    public PartitionState {
        replicas = List.copyOf(replicas);
        directories = List.copyOf(directories);
        isr = List.copyOf(isr);
        elr = List.copyOf(elr);
        lastKnownIsr = List.copyOf(lastKnownIsr);
        addingReplicas = List.copyOf(addingReplicas);
        removingReplicas = List.copyOf(removingReplicas);
        if (directories.size() != replicas.size()) {
            throw new IllegalArgumentException(
                    directories.size() + " directories for " + replicas.size() + " replicas");
        }
    }

    /** Directory id of the log dir of one replica; {@link Uuid#ZERO_UUID} while unassigned, or when it is no replica. */
    public Uuid directory(int nodeId) {
        int at = replicas.indexOf(nodeId);
        return at < 0 ? Uuid.ZERO_UUID : directories.get(at);
    }

    /** This state with another log dir for one of its replicas, under the same partition epoch. */
    public PartitionState withDirectory(int nodeId, Uuid directory) {
        List<Uuid> changed = new ArrayList<>(directories);
        changed.set(replicas.indexOf(nodeId), directory);
        return new PartitionState(
                replicas,
                changed,
                isr,
                elr,
                lastKnownIsr,
                addingReplicas,
                removingReplicas,
                leader,
                leaderEpoch,
                partitionEpoch);
    }

    /** This state under the next partition epoch: whatever was asked for under the present one comes too late now. */
    public PartitionState confirmed() {
        return new PartitionState(
                replicas,
                directories,
                isr,
                elr,
                lastKnownIsr,
                addingReplicas,
                removingReplicas,
                leader,
                leaderEpoch,
                partitionEpoch + 1);
    }

    /** The state after a change, under the next partition epoch; this very state when nothing changes. */
    public PartitionState changed(
            List<Integer> newIsr,
            List<Integer> newElr,
            List<Integer> newLastKnownIsr,
            int newLeader,
            int newLeaderEpoch) {
        if (newIsr.equals(isr)
                && newElr.equals(elr)
                && newLastKnownIsr.equals(lastKnownIsr)
                && newLeader == leader
                && newLeaderEpoch == leaderEpoch) {
            return this;
        }
        return new PartitionState(
                replicas,
                directories,
                newIsr,
                newElr,
                newLastKnownIsr,
                addingReplicas,
                removingReplicas,
                newLeader,
                newLeaderEpoch,
                partitionEpoch + 1);
    }

    /**
     * The state with other replicas, under the next partition epoch. Replicas that stay keep their log dirs; new ones have none yet.
     * {@code elr} and {@code lastKnownIsr} lose who is no replica any more.
     */
    public PartitionState withReplicas(
            List<Integer> newReplicas,
            List<Integer> adding,
            List<Integer> removing,
            List<Integer> newIsr,
            int newLeader,
            int newLeaderEpoch) {
        return new PartitionState(
                newReplicas,
                newReplicas.stream().map(this::directory).toList(),
                newIsr,
                elr.stream().filter(newReplicas::contains).toList(),
                lastKnownIsr.stream().filter(newReplicas::contains).toList(),
                adding,
                removing,
                newLeader,
                newLeaderEpoch,
                partitionEpoch + 1);
    }

    /** Whether a reassignment is under way. */
    public boolean reassigning() {
        return !addingReplicas.isEmpty() || !removingReplicas.isEmpty();
    }

    /** The replicas when the reassignment under way is complete; all of them when there is none. */
    public List<Integer> targetReplicas() {
        return replicas.stream()
                .filter(node -> !removingReplicas.contains(node))
                .toList();
    }

    /**
     * How many replicas count for min.insync.replicas: not those that a reassignment is still adding, or a partition that gets its second
     * replica could not be written until that one has caught up.
     */
    public int replicationFactor() {
        return replicas.size() - addingReplicas.size();
    }

    public boolean hasLeader() {
        return leader != NO_LEADER;
    }
}
