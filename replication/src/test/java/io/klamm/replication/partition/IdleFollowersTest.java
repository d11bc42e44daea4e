/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.ID;
import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.Images;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** A follower whose fetch session waits does not ask for a partition again and again that has nothing new: what it said last counts. */
class IdleFollowersTest {
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();
    private final List<String> told = new ArrayList<>();

    private void idle(int node, long offset) {
        world.followerFetch(node, 1, offset);
        world.await(world.followerSpec(node, 1, offset, -1), new FetchWatcher() {
            @Override
            public void wake() {
                told.add(node + " woken");
            }

            @Override
            public void stateMoved() {
                told.add(node + " state");
            }
        });
    }

    @Test
    void theLagBeginsWithTheFirstRecordThatIsMissing() {
        world.lead(1, REPLICAS, 1);
        idle(2, 0);
        idle(3, 0);
        world.time.advanceMs(100_000);
        world.replica.shrinkLagging();
        assertThat(world.proposals).as("both have everything").isEmpty();

        world.append(LEADER, 10);
        world.time.advanceMs(20_000);
        world.append(LEADER, 11);
        world.followerFetch(3, 1, 2);
        world.time.advanceMs(9_000);
        world.replica.shrinkLagging();
        assertThat(world.proposals).as("29 s behind").isEmpty();

        world.time.advanceMs(2_000);
        world.replica.shrinkLagging();
        assertThat(world.lastProposal().isr()).containsExactly(1, 3);
    }

    @Test
    void recordsWakeAndTheHighWatermarkIsOnlyTold() {
        world.lead(1, REPLICAS, 1);
        idle(2, 0);
        world.append(LEADER, 10);
        assertThat(told).containsExactly("2 woken");

        told.clear();
        idle(2, 1);
        idle(3, 1);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        assertThat(told).containsExactly("2 state");
        world.append(LEADER, 11);
        assertThat(told).containsExactly("2 state", "2 woken", "3 woken");
    }

    @Test
    void aLaterLogStartWakesAFollower() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        idle(2, 1);
        idle(3, 1);
        told.clear();
        world.replica.deleteRecords(1, world.time.getAsLong() + 1_000_000_000L, outcome -> {});
        assertThat(told).containsExactly("2 woken", "3 woken");
    }

    @Test
    void whoCatchesUpWhileAProposalIsOnItsWayIsProposedAfterIt() {
        world.lead(1, List.of(1), 1);
        idle(2, 0);
        idle(3, 0);
        assertThat(world.proposals).hasSize(1);
        world.commitLast(2);
        assertThat(world.proposals).hasSize(1);
        world.time.advanceMs(world.settings.isrRetryBackoffMs());
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
    }

    @Test
    void aRefusedProposalIsMadeAgainWithoutAFetch() {
        world.lead(1, List.of(1, 3), 1);
        world.followerFetch(3, 1, 0);
        idle(2, 0);
        assertThat(world.proposals).hasSize(1);
        world.refuseLast(Errors.INELIGIBLE_REPLICA);
        world.time.advanceMs(world.settings.isrRetryBackoffMs());
        assertThat(world.proposals).hasSize(2);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
    }

    @Test
    void aFetchThatWasLongOnItsWayTakesNothingBack() {
        world.lead(1, List.of(1, 3), 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.followerFetch(3, 1, 2);
        idle(2, 2);
        assertThat(world.replica.highWatermark()).isEqualTo(2);
        world.refuseLast(Errors.INELIGIBLE_REPLICA);
        world.followerFetch(2, 1, 1);
        world.time.advanceMs(world.settings.isrRetryBackoffMs());
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
        assertThat(world.proposals).hasSize(2);
    }

    @Test
    void aReplicaThatIsAddedIsLookedAtAgain() {
        world.image = Images.created(world.image, ID, "t", Images.state(REPLICAS, List.of(1), 1, 1, 1));
        world.assume(Images.state(List.of(1, 2), List.of(1), 1, 1, 1));
        idle(2, 0);
        told.clear();
        world.assume(Images.state(REPLICAS, List.of(1), 1, 1, 2));
        assertThat(told).as("a fetch of node 3 may wait here, not counted").containsExactly("2 woken");
    }
}
