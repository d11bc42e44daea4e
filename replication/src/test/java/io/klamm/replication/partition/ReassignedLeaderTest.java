/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.replication.model.Images;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Node 1 leads while its replicas become others: who counts, and from when on. */
class ReassignedLeaderTest {
    private static final short ALL = -1;

    private final ReplicaFixture world = new ReplicaFixture();

    private static PartitionState state(
            List<Integer> replicas,
            List<Integer> isr,
            List<Integer> adding,
            List<Integer> removing,
            int partitionEpoch) {
        return new PartitionState(
                replicas,
                Collections.nCopies(replicas.size(), Uuid.ZERO_UUID),
                isr,
                List.of(),
                List.of(),
                adding,
                removing,
                1,
                4,
                partitionEpoch);
    }

    private void reply(PartitionState state) {
        world.lastProposal().reply().complete(new IsrChangeSender.Reply(Errors.NONE, state));
    }

    @Test
    void replicasBeingAddedDoNotRaiseTheMinIsr() {
        world.assume(state(List.of(1, 2, 3), List.of(1), List.of(2, 3), List.of(), 1));
        List<AppendOutcome> outcome = world.append(ALL, 10);
        assertThat(outcome).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    /**
     * While it is reassigned, an answer does not say which replicas there are now, and so not what min ISR is: the image settles it. Else
     * the leader could go on alone after 2 and 3 left the ISR, when they are eligible to lead.
     */
    @Test
    void whileReassignedTheImageSettlesWhatTheControllerAnswers() {
        world.assume(state(List.of(1, 2, 3), List.of(1), List.of(2, 3), List.of(), 1));
        world.append(ALL, 10);
        world.followerFetch(2, 4, 1);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2);
        reply(state(List.of(1, 2, 3), List.of(1, 2), List.of(2, 3), List.of(), 2));
        assertThat(((LeaderReplica) world.replica.role()).isr()).isInstanceOf(IsrState.PendingExpand.class);
        world.assume(state(List.of(1, 2, 3), List.of(1, 2), List.of(2, 3), List.of(), 2));
        world.followerFetch(3, 4, 1);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
        world.assume(state(List.of(1, 2, 3), List.of(1), List.of(), List.of(), 4));
        List<AppendOutcome> outcome = world.append(ALL, 11);
        assertThat(outcome).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS);
    }

    @Test
    void whoIsRemovedCountsNoMore() {
        world.assume(state(List.of(1, 2, 3), List.of(1, 2, 3), List.of(), List.of(), 1));
        List<AppendOutcome> outcome = world.append(ALL, 10);
        world.followerFetch(2, 4, 1);
        assertThat(outcome).isEmpty();
        world.assume(state(List.of(1, 2), List.of(1, 2), List.of(), List.of(), 2));
        assertThat(outcome).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
        assertThat(world.followerFetch(3, 4, 1).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void aThrottledFollowerOutOfSyncGetsNothingForAWhile() {
        world.settings.throttles = new ReplicaThrottles(
                new ReplicationThrottle(ReplicationThrottle.LEADER_KEY, 1, () -> world.image, any -> 80, world.time),
                ReplicationThrottle.none(),
                new ByteRate(world.time),
                any -> Long.MAX_VALUE);
        PartitionState state = state(List.of(1, 2, 3), List.of(1, 2), List.of(), List.of(), 1);
        world.image = Images.created(world.image, ReplicaFixture.ID, "t", state)
                .apply(List.of(
                        new ConfigChanged(ConfigResourceType.TOPIC, "t", ReplicationThrottle.LEADER_KEY, "0:1")));
        world.assume(state);
        world.append(ALL, 10, 11, 12);
        assertThat(values(world.followerFetch(3, 4, 0))).contains(10L);
        world.append(ALL, 13, 14, 15);
        assertThat(values(world.followerFetch(3, 4, 3))).isEmpty();
        assertThat(values(world.followerFetch(2, 4, 3))).as("it is in sync").contains(13L);
        world.time.advanceMs(5_000);
        assertThat(values(world.followerFetch(3, 4, 3))).contains(13L);
    }
}
