/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.replication.model.Images;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Rule D5.4: which follower may join the ISR. */
class JoiningRulesTest {
    private static final short ALL = -1;
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();

    @Test
    void D5_4_joiningNeedsTheHighWatermark() {
        world.settings.minInsyncReplicas = 1;
        world.lead(1, List.of(1), 1);
        world.append(LEADER, 10);
        world.followerFetch(2, 1, 0);
        assertThat(world.proposals).isEmpty();
        world.followerFetch(2, 1, 1);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2);
    }

    @Test
    void D5_4_joiningNeedsTheStartOfTheLeadersEpoch() {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.lead(2, List.of(1, 2), 2);
        assertThat(world.replica.highWatermark()).isZero();
        world.followerFetch(3, 2, 0);
        assertThat(world.proposals)
                .as("at the high watermark, but not at the epoch's start")
                .isEmpty();
        world.followerFetch(3, 2, 1);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
    }

    @Test
    void D5_4_joiningNeedsAFetchInThisEpoch() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.lead(2, List.of(1, 2), 2);
        int before = world.proposals.size();
        world.reconsider(2);
        assertThat(world.proposals).hasSize(before);
        world.followerFetch(3, 2, 0);
        assertThat(world.proposals).hasSize(before + 1);
    }

    @Test
    void D5_4_theFencedAndThoseShuttingDownDoNotJoin() {
        world.lead(1, List.of(1, 2), 1);
        world.image = Images.fenced(world.image, 3);
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).isEmpty();
        world.image = Images.shuttingDown(Images.unfenced(world.image, 3), 3);
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).isEmpty();
    }

    /** It would hold back the high watermark as long as the controller refuses it. */
    @Test
    void D5_4_aReplicaWhoseLogDirIsOfflineDoesNotJoin() {
        world.lead(1, List.of(1, 2), 1);
        PartitionState state = Images.state(REPLICAS, List.of(1, 2), 1, 1, 1);
        world.image = Images.created(world.image, ReplicaFixture.ID, "t", state.withDirectory(3, new Uuid(5, 5)));
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).as("node 3 has registered without this dir").isEmpty();
    }

    @Test
    void D5_4_theBrokerEpochOfTheFetchMustBeTheRegisteredOne() {
        world.lead(1, REPLICAS, 1);
        long epoch = Images.epoch(world.image, 3);
        List<AppendOutcome> append = world.append(ALL, 10);
        world.followerFetch(2, 1, 1);
        assertThat(fetchAs(3, epoch + 100, 1).error()).as("the image may lag").isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
        assertThat(fetchAs(3, -1, 1).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(fetchAs(3, epoch - 1, 1).error())
                .as("an earlier incarnation")
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.replica.highWatermark()).as("none of them counts").isZero();
        assertThat(append).isEmpty();

        assertThat(fetchAs(3, epoch, 1).error()).as("nor stands in the way").isEqualTo(Errors.NONE);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        assertThat(append).hasSize(1);
    }

    @Test
    void D5_4_aFetchUnderAnotherBrokerEpochProposesNothing() {
        world.lead(1, List.of(1, 2), 1);
        fetchAs(3, -1, 0);
        fetchAs(3, Images.epoch(world.image, 3) + 100, 0);
        assertThat(world.proposals).isEmpty();
    }

    private FetchOutcome fetchAs(int node, long brokerEpoch, long offset) {
        return world.replica.fetch(new FetchSpec(node, brokerEpoch, 1, offset, -1, 0, 1000, true, false));
    }

    @Test
    void D5_4_aFetchFromBeforeTheRegistrationDoesNotUndoALaterOne() {
        world.lead(1, REPLICAS, 1);
        assertThat(world.followerFetch(3, 1, 0).error()).isEqualTo(Errors.NONE);
        FetchOutcome late = world.replica.fetch(new FetchSpec(3, -1, 1, 0, -1, 0, 1000, true, false));
        assertThat(late.error()).as("it has no broker epoch").isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void D5_4_theProposalCarriesTheBrokerEpochs() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        assertThat(world.lastProposal().proposal().isr())
                .containsExactly(
                        new IsrChangeSender.Member(1, Images.epoch(world.image, 1)),
                        new IsrChangeSender.Member(2, -1),
                        new IsrChangeSender.Member(3, Images.epoch(world.image, 3)));
    }

    @Test
    void D5_4_aNodeThatIsNoReplicaIsRefused() {
        world.image = Images.withBrokers(world.image, 4);
        world.lead(1, REPLICAS, 1);
        assertThat(world.followerFetch(4, 1, 0).error())
                .as("it may have heard of a reassignment before the leader")
                .isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
        assertThat(world.followerFetch(4, -1, 0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.proposals).isEmpty();
    }
}
