/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.IsrChangeSender.Member;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import io.klamm.replication.partition.IsrState.Committed;
import io.klamm.replication.partition.IsrState.Pending;
import io.klamm.replication.partition.IsrState.PendingExpand;
import io.klamm.replication.partition.IsrState.PendingShrink;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads a partition in one leader epoch: the progress of the followers, the ISR and with it the high watermark (rules D5.3 to D5.5).
 * A plain state machine: no threads, no clock, no I/O. Everything is guarded by the lock of its {@link LocalReplica}; only
 * {@link #leaderEpoch}, {@link #leaderId} and {@link #epochStartOffset} may be read without.
 */
final class LeaderReplica implements ReplicaRole {
    private static final Logger log = LoggerFactory.getLogger(LeaderReplica.class);

    private final PartitionId id;
    private final int nodeId;
    private final int leaderEpoch;
    private final long epochStartOffset;
    private final TreeMap<Integer, FollowerProgress> followers = new TreeMap<>();
    private IsrState isr;
    private int replicaCount;
    private boolean reassigning;
    private int minInsyncReplicas;
    private boolean resting;
    private long restUntilNanos;

    /**
     * @param state the image's state that made this node the leader
     * @param epochStartOffset log end offset at which the epoch was written to the log
     * @param minInsyncReplicas min.insync.replicas of the topic
     */
    LeaderReplica(
            PartitionId id,
            int nodeId,
            PartitionState state,
            long epochStartOffset,
            int minInsyncReplicas,
            long nowNanos) {
        this.id = id;
        this.nodeId = nodeId;
        this.leaderEpoch = state.leaderEpoch();
        this.epochStartOffset = epochStartOffset;
        this.isr = new Committed(state.partitionEpoch(), state.isr());
        replicas(state, nowNanos);
        this.minInsyncReplicas = minInsyncReplicas;
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public int leaderId() {
        return nodeId;
    }

    @Override
    public Errors servingError() {
        return Errors.NONE;
    }

    long epochStartOffset() {
        return epochStartOffset;
    }

    IsrState isr() {
        return isr;
    }

    @Nullable
    FollowerProgress follower(int followerId) {
        return followers.get(followerId);
    }

    /**
     * What a follower's fetch gets that is neither served nor counted, else NONE: no replica, or not its registered process. One that is
     * just being added may know of it before this leader does: it is told to ask again, as in Kafka.
     */
    Errors refusalOf(FetchSpec spec, MetadataImage image) {
        FollowerProgress follower = followers.get(spec.replicaId());
        if (follower != null) {
            return follower.refusalOf(spec.replicaEpoch(), image);
        }
        return spec.currentLeaderEpoch() >= 0 ? Errors.UNKNOWN_LEADER_EPOCH : Errors.NOT_LEADER_OR_FOLLOWER;
    }

    /**
     * min.insync.replicas of an image; without effect when a newer state of the partition is in force, for that was decided by what a newer
     * image says.
     *
     * @param partitionEpoch of the partition in that image
     */
    void minInsyncReplicas(int value, int partitionEpoch) {
        if (partitionEpoch >= isr.partitionEpoch()) {
            minInsyncReplicas = value;
        }
    }

    /** Effective min ISR: no more than there are replicas, not counting those that are being added. */
    int effectiveMinIsr() {
        return Math.min(minInsyncReplicas, replicaCount);
    }

    /** Whether the committed ISR allows acks=all and progress of the high watermark. */
    boolean enoughInSync() {
        return isr.committed().size() >= effectiveMinIsr();
    }

    /**
     * Records are appended from {@code firstOffset} on. Who has everything before has been caught up until now: a session does not ask for
     * a partition again and again that has nothing new.
     */
    void appended(long firstOffset, long nowNanos) {
        for (FollowerProgress follower : followers.values()) {
            follower.onAppend(firstOffset, nowNanos);
        }
    }

    /**
     * Takes over what the image says, or the controller's reply, when it is newer than what is known here.
     *
     * @return whether there is a replica that was not there before
     */
    boolean commit(PartitionState state, long nowNanos) {
        if (state.leaderEpoch() != leaderEpoch || state.partitionEpoch() <= isr.partitionEpoch()) {
            return false;
        }
        isr(new Committed(state.partitionEpoch(), state.isr()));
        resting = false;
        return replicas(state, nowNanos);
    }

    /**
     * End of what the maximal ISR holds: where the high watermark may go. Replicas that are about to join, being eligible and caught
     * up within the lag time, hold it back as well: a follower behind a busy leader would never reach the high watermark otherwise.
     *
     * @param ownEndOffset the leader's own contribution
     * @return no more than {@code ownEndOffset}; -1 when the high watermark must not move
     */
    long committableEnd(long ownEndOffset, MetadataImage image, long nowNanos, long lagNanos) {
        if (!enoughInSync()) {
            return -1;
        }
        long end = ownEndOffset;
        for (FollowerProgress follower : followers.values()) {
            if (follower.inMaximalIsr()
                    || (follower.fetchedInEpoch()
                            && follower.endOffset() < end
                            && follower.caughtUp(ownEndOffset, nowNanos, lagNanos)
                            && eligible(follower, image))) {
                end = Math.min(end, follower.endOffset());
            }
        }
        return end;
    }

    /** A proposal that lets in every follower that fulfils rule D5.4, or null; becomes pending. */
    @Nullable
    Proposal proposeExpand(long highWatermark, MetadataImage image, long nowNanos) {
        if (!(isr instanceof Committed committed) || resting(nowNanos)) {
            return null;
        }
        List<Integer> members = null;
        for (FollowerProgress follower : followers.values()) {
            if (!follower.inMaximalIsr()
                    && follower.fetchedInEpoch()
                    && follower.endOffset() >= highWatermark
                    && follower.endOffset() >= epochStartOffset
                    && eligible(follower, image)) {
                if (members == null) {
                    members = new ArrayList<>(committed.committed());
                }
                members.add(follower.nodeId());
            }
        }
        if (members == null) {
            return null;
        }
        Proposal proposal = proposal(committed, members, image);
        isr(new PendingExpand(committed, proposal, false));
        return proposal;
    }

    /** A proposal without the followers that lag (replica.lag.time.max.ms), or null; becomes pending. */
    @Nullable
    Proposal proposeShrink(long ownEndOffset, MetadataImage image, long nowNanos, long lagNanos) {
        if (!(isr instanceof Committed committed) || resting(nowNanos)) {
            return null;
        }
        List<Integer> members = new ArrayList<>();
        for (int member : committed.committed()) {
            FollowerProgress follower = followers.get(member);
            if (follower == null || follower.caughtUp(ownEndOffset, nowNanos, lagNanos)) {
                members.add(member);
            }
        }
        if (members.size() == committed.committed().size()) {
            return null;
        }
        Proposal proposal = proposal(committed, members, image);
        isr(new PendingShrink(committed, proposal, committed.committed(), false));
        return proposal;
    }

    /**
     * The controller's answer to {@code proposal}.
     *
     * @param reply NONE with a state; a refusal of what is proposed; or anything that leaves the outcome open
     * @param restNanos after a refusal nothing is proposed for so long, unless something changes
     * @return a proposal to send after a rest, or null
     */
    @Nullable
    Proposal onReply(Proposal proposal, Reply reply, MetadataImage image, long nowNanos, long restNanos) {
        if (!(isr instanceof Pending pending) || !waitsFor(proposal)) {
            return null; // a newer image has settled it
        }
        switch (reply.error()) {
            case NONE -> {
                PartitionState state = reply.state();
                if (state != null && state.leaderEpoch() == leaderEpoch && state.leader() == nodeId) {
                    if (state.partitionEpoch() == isr.partitionEpoch()) {
                        isr(pending.before()); // taken back: the controller still holds what was committed before
                    } else if (!reassigning
                            && state.elr().isEmpty()
                            && state.isr().containsAll(isr.committed())) {
                        commit(state, nowNanos);
                    }
                    // A smaller ISR, one that leaves others eligible, or other replicas, count with the image that has
                    // them, and with it the effective min ISR by which it was decided: by an older one this leader
                    // could commit what an eligible replica lacks (KIP-966).
                }
                // Otherwise leadership has moved on: the image tells, and until then the maximal ISR counts.
                return null;
            }
            case INELIGIBLE_REPLICA, INVALID_REQUEST, OPERATION_NOT_ATTEMPTED -> {
                resting = true;
                restUntilNanos = nowNanos + restNanos;
                if (!pending.outcomeUnknown()) {
                    isr(pending.before());
                    return null;
                }
                // An earlier sending may still be committed. Another change of the same partition epoch puts an end to
                // that;
                // whoever may be in the ISR counts until then.
                Proposal withdrawal = proposal(pending.before(), pending.committed(), image);
                isr(new PendingShrink(pending.before(), withdrawal, pending.maximal(), true));
                return withdrawal;
            }
            default -> {
                // Also when the controller seems to be ahead (INVALID_UPDATE_VERSION, a newer leader epoch): mostly its
                // image is on
                // the way and settles it, but what it knew may have been an entry of its own that was never committed.
                isr(pending.withUnknownOutcome());
                return proposal;
            }
        }
    }

    /** Whether this proposal is in flight. */
    boolean waitsFor(Proposal proposal) {
        return isr instanceof Pending pending && pending.proposal().equals(proposal);
    }

    private boolean resting(long nowNanos) {
        if (resting && restUntilNanos - nowNanos <= 0) {
            resting = false;
        }
        return resting;
    }

    private Proposal proposal(Committed base, List<Integer> members, MetadataImage image) {
        List<Member> isrMembers = members.stream()
                .sorted()
                .map(member -> new Member(member, brokerEpoch(member, image)))
                .toList();
        Proposal proposal = new Proposal(id, leaderEpoch, base.partitionEpoch(), isrMembers);
        if (members.size() < base.committed().size()) {
            log.info("{} epoch {}: proposing ISR {} after {}", id, leaderEpoch, members, base);
        } else {
            log.debug("{} epoch {}: proposing ISR {} after {}", id, leaderEpoch, members, base);
        }
        return proposal;
    }

    private long brokerEpoch(int member, MetadataImage image) {
        if (member == nodeId) {
            BrokerImage self = image.broker(nodeId);
            return self == null ? -1 : self.brokerEpoch();
        }
        FollowerProgress follower = followers.get(member);
        return follower == null ? -1 : follower.brokerEpoch();
    }

    /**
     * By the image: neither fenced nor shutting down (KIP-841), the incarnation that fetched is the registered one (KIP-903), and its
     * log dir is online (KIP-858).
     */
    private boolean eligible(FollowerProgress follower, MetadataImage image) {
        BrokerImage broker = image.broker(follower.nodeId());
        PartitionState state = image.partition(id);
        return broker != null
                && broker.available()
                && follower.brokerEpoch() == broker.brokerEpoch()
                && (state == null || broker.hasOnline(state.directory(follower.nodeId())));
    }

    private void isr(IsrState next) {
        isr = next;
        List<Integer> maximal = next.maximal();
        for (FollowerProgress follower : followers.values()) {
            follower.inMaximalIsr(maximal.contains(follower.nodeId()));
        }
    }

    private boolean replicas(PartitionState state, long nowNanos) {
        boolean added = false;
        replicaCount = state.replicationFactor();
        reassigning = state.reassigning();
        followers.keySet().retainAll(state.replicas());
        for (int replica : state.replicas()) {
            if (replica != nodeId && !followers.containsKey(replica)) {
                followers.put(replica, new FollowerProgress(replica, nowNanos));
                added = true;
            }
        }
        isr(isr);
        return added;
    }

    /** Followers in the committed ISR that have everything from {@code offset} to their ends, by their latest fetches; sorted. */
    List<Integer> inSyncWith(long offset) {
        List<Integer> holders = new ArrayList<>(followers.size());
        for (FollowerProgress follower : followers.values()) {
            if (isr.committed().contains(follower.nodeId())
                    && follower.endOffset() >= offset
                    && follower.logStart() <= offset) {
                holders.add(follower.nodeId());
            }
        }
        return holders;
    }

    /** Log start of the replica whose log starts first, of those whose brokers live. */
    long lowestLogStart(long ownLogStart, MetadataImage image) {
        long lowest = ownLogStart;
        for (FollowerProgress follower : followers.values()) {
            BrokerImage broker = image.broker(follower.nodeId());
            if (broker != null && broker.available()) {
                lowest = Math.min(lowest, follower.logStart());
            }
        }
        return lowest;
    }

    @Override
    public String toString() {
        return "leader in epoch " + leaderEpoch + " from " + epochStartOffset + ", " + isr + ", " + followers.values();
    }
}
