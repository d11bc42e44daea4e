/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.replication.model.Images;
import io.klamm.replication.partition.IsrState.Committed;
import io.klamm.replication.partition.IsrState.PendingExpand;
import io.klamm.replication.partition.IsrState.PendingShrink;
import io.klamm.storage.log.EpochEnd;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/**
 * Rules D5.2 and D5.3: epochs, ISR and high watermark; {@link DivergenceRulesTest} and {@link HistoryRulesTest} have D5.1, {@link
 * JoiningRulesTest} has D5.4, {@link ClientRulesTest} the others.
 */
class ReplicationRulesTest {
    private static final short ALL = -1;
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();

    private IsrState isr() {
        return ((LeaderReplica) world.replica.role()).isr();
    }

    // ---- D5.2
    // ------------------------------------------------------------------------------------------------------------------

    @Test
    void D5_2_anOlderEpochIsFencedAndANewerOneUnknown() {
        world.lead(5, REPLICAS, 1);
        assertThat(world.followerFetch(2, 4, 0).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
        assertThat(world.followerFetch(2, 6, 0).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
        assertThat(world.followerFetch(2, 5, 0).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void D5_2_listOffsetsAndOffsetForLeaderEpochAreFencedInBothDirections() {
        world.lead(5, REPLICAS, 1);
        for (int replica : new int[] {-1, 2}) { // a consumer and a follower
            assertThat(world.replica.offsetFor(4, -1, false, replica).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
            assertThat(world.replica.offsetFor(6, -1, false, replica).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
            assertThat(world.replica.offsetFor(5, -1, false, replica).error()).isEqualTo(Errors.NONE);
            assertThat(world.replica.epochEnd(4, 5, replica).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
            assertThat(world.replica.epochEnd(6, 5, replica).error()).isEqualTo(Errors.UNKNOWN_LEADER_EPOCH);
            assertThat(world.replica.epochEnd(5, 5, replica).error()).isEqualTo(Errors.NONE);
        }
        world.follow(2, 7);
        assertThat(world.replica.offsetFor(7, -1, false, -1).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.replica.epochEnd(5, 5, 2).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
    }

    @Test
    void D5_2_aFencedFetchIsNoProgress() {
        world.lead(4, REPLICAS, 1);
        world.append(ALL, 10);
        world.lead(5, REPLICAS, 2);
        world.followerFetch(2, 4, 1);
        world.followerFetch(3, 4, 1);
        assertThat(world.replica.highWatermark()).isZero();
    }

    @Test
    void D5_2_aNewLeaderWritesItsEpochBeforeItServes() {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.lead(2, REPLICAS, 2);
        assertThat(world.log.epochs()).containsEntry(2, 1L);
        assertThat(world.replica.epochEnd(2, 1, -1).end()).isEqualTo(new EpochEnd(1, 1));
    }

    @Test
    void D5_2_aLeaderWhoseEpochCannotBeWrittenDoesNotServe() {
        world.log.fail();
        world.lead(1, REPLICAS, 1);
        assertThat(world.replica.isLeader()).isFalse();
        assertThat(world.append(ALL, 1).get(0).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void D5_2_rolesNeverGoBack() {
        world.lead(5, REPLICAS, 9);
        world.follow(2, 4);
        assertThat(world.replica.isLeader()).isTrue();
        assertThat(world.replica.leaderEpoch()).isEqualTo(5);
    }

    // ---- D5.3
    // ------------------------------------------------------------------------------------------------------------------

    @Test
    void D5_3_theHighWatermarkIsTheLeastEndOfTheIsr() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10, 11, 12);
        world.followerFetch(2, 1, 3);
        assertThat(world.replica.highWatermark()).isZero();
        world.followerFetch(3, 1, 2);
        assertThat(world.replica.highWatermark()).isEqualTo(2);
        world.followerFetch(3, 1, 3);
        assertThat(world.replica.highWatermark()).isEqualTo(3);
        assertThat(world.log.toldHighWatermark()).isEqualTo(3);
    }

    @Test
    void D5_3_expansionCountsAtOnce() {
        world.settings.minInsyncReplicas = 2;
        world.lead(1, List.of(1, 2), 1);
        world.append(LEADER, 10);
        world.followerFetch(2, 1, 1);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        world.followerFetch(3, 1, 1);
        assertThat(isr()).isInstanceOf(PendingExpand.class);
        assertThat(isr().committed()).containsExactly(1, 2);
        assertThat(isr().maximal()).containsExactly(1, 2, 3);

        world.append(LEADER, 11);
        world.time.advanceMs(40_000); // too late to be waited for as one that is about to join
        world.followerFetch(2, 1, 2);
        assertThat(world.replica.highWatermark())
                .as("node 3 counts before the commit")
                .isEqualTo(1);
        world.followerFetch(3, 1, 2);
        assertThat(world.replica.highWatermark()).isEqualTo(2);
    }

    @Test
    void D5_3_shrinkingCountsOnlyOnceCommitted() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        world.followerFetch(2, 1, 1);
        world.time.advanceMs(29_000);
        world.followerFetch(2, 1, 1);
        world.replica.shrinkLagging();
        assertThat(world.proposals).isEmpty();

        world.time.advanceMs(2_000);
        world.replica.shrinkLagging();
        assertThat(world.lastProposal().isr()).containsExactly(1, 2);
        assertThat(isr()).isInstanceOf(PendingShrink.class);
        assertThat(world.replica.highWatermark()).isZero();
        world.lead(1, List.of(1, 2), 2);
        assertThat(isr()).isEqualTo(new Committed(2, List.of(1, 2)));
        assertThat(world.replica.highWatermark()).isEqualTo(1);
    }

    /** Otherwise a leader that has not heard that min ISR grew could commit by the old one what an eligible replica lacks. */
    @Test
    void D5_3_shrinkingCountsWithTheImageThatBringsTheMinIsr() {
        world.settings.minInsyncReplicas = 1;
        world.lead(1, List.of(1, 2), 1);
        world.append(LEADER, 10);
        world.time.advanceMs(31_000);
        world.replica.shrinkLagging();
        assertThat(world.lastProposal().isr()).containsExactly(1);
        world.commitLast(2);
        assertThat(world.replica.highWatermark()).as("the reply alone").isZero();
        world.settings.minInsyncReplicas = 2;
        world.assume(eligible(List.of(1), List.of(2), 2));
        assertThat(isr()).isEqualTo(new Committed(2, List.of(1)));
        assertThat(world.replica.highWatermark())
                .as("with the min ISR of the image")
                .isZero();
        world.settings.minInsyncReplicas = 1;
        world.reconsider(1);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
    }

    /** The same where the ISR grows, and is too small yet by a min ISR that this leader has not heard of. */
    @Test
    void D5_3_anExpansionThatLeavesOthersEligibleCountsWithTheImage() {
        world.settings.minInsyncReplicas = 2;
        world.assume(eligible(List.of(1), List.of(2), 1));
        world.append(LEADER, 10);
        world.followerFetch(3, 1, 1);
        assertThat(world.lastProposal().isr()).containsExactly(1, 3);
        PartitionState grown = eligible(List.of(1, 3), List.of(2), 2);
        world.lastProposal().reply().complete(new IsrChangeSender.Reply(Errors.NONE, grown));
        assertThat(world.replica.highWatermark()).as("the reply alone").isZero();
        world.settings.minInsyncReplicas = 3;
        world.assume(grown);
        assertThat(isr()).isEqualTo(new Committed(2, List.of(1, 3)));
        assertThat(world.replica.highWatermark())
                .as("with the min ISR of the image")
                .isZero();
    }

    private static PartitionState eligible(List<Integer> isr, List<Integer> elr, int partitionEpoch) {
        return new PartitionState(
                REPLICAS,
                Images.state(REPLICAS, isr, 1, 1, partitionEpoch).directories(),
                isr,
                elr,
                List.of(),
                List.of(),
                List.of(),
                1,
                1,
                partitionEpoch);
    }

    @Test
    void D5_3_oneProposalIsInFlight() {
        world.lead(1, List.of(1), 1);
        world.followerFetch(2, 1, 0);
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).hasSize(1);
        world.commitLast(2);
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).hasSize(2);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2, 3);
        assertThat(world.lastProposal().proposal().partitionEpoch()).isEqualTo(2);
    }

    @Test
    void D5_3_theVerySameProposalIsSentAgainWhenItsOutcomeIsUnknown() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.REQUEST_TIMED_OUT);
        world.time.advanceMs(1_000);
        assertThat(world.proposals).hasSize(2);
        world.lastProposal().reply().completeExceptionally(new IllegalStateException("connection lost"));
        world.time.advanceMs(1_000);
        assertThat(world.proposals).hasSize(3);
        assertThat(world.proposals)
                .extracting(ReplicaFixture.Sent::proposal)
                .containsOnly(world.proposals.get(0).proposal());
        assertThat(isr().maximal()).containsExactly(1, 2, 3);
    }

    @Test
    void D5_3_aLostCompareAndSetIsSettledByTheNewerImage() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.INVALID_UPDATE_VERSION);
        assertThat(isr().maximal()).as("it may have been committed").containsExactly(1, 2, 3);
        world.lead(1, List.of(1, 2, 3), 2);
        world.time.advanceMs(60_000);
        assertThat(world.proposals).hasSize(1);
        assertThat(isr()).isEqualTo(new Committed(2, REPLICAS));
    }

    @Test
    void D5_3_aCompareAndSetLostAgainstWhatWasNeverCommittedIsProposedAgain() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.INVALID_UPDATE_VERSION);
        world.time.advanceMs(1_000);
        assertThat(world.proposals)
                .extracting(ReplicaFixture.Sent::proposal)
                .hasSize(2)
                .containsOnly(world.proposals.get(0).proposal());
    }

    @Test
    void D5_3_anImageThatIsNewerThanTheProposalEndsIt() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        ReplicaFixture.Sent outdated = world.lastProposal();
        world.lead(1, List.of(1), 2);
        outdated.reply().complete(new IsrChangeSender.Reply(Errors.NONE, Images.state(REPLICAS, REPLICAS, 1, 1, 2)));
        assertThat(isr().partitionEpoch()).isEqualTo(2);
        assertThat(isr().committed()).containsExactly(1);
    }

    @Test
    void D5_3_aRefusedProposalIsTakenBackOnlyWhenNoEarlierSendingCanBeCommitted() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.INELIGIBLE_REPLICA);
        assertThat(isr()).isEqualTo(new Committed(1, List.of(1, 2)));

        world.time.advanceMs(1_000);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.REQUEST_TIMED_OUT);
        world.time.advanceMs(1_000);
        world.refuseLast(Errors.INELIGIBLE_REPLICA);
        assertThat(isr().maximal())
                .as("the sending without answer may be committed yet")
                .containsExactly(1, 2, 3);
        world.time.advanceMs(1_000);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2);
        world.commitLast(2);
        assertThat(isr()).isEqualTo(new Committed(2, List.of(1, 2)));
    }

    @Test
    void D5_3_aProposalIsTakenBackWhenTheControllerStillHoldsTheCommittedIsr() {
        world.lead(1, List.of(1, 2), 1);
        world.followerFetch(3, 1, 0);
        world.refuseLast(Errors.REQUEST_TIMED_OUT);
        world.time.advanceMs(1_000);
        world.refuseLast(Errors.INELIGIBLE_REPLICA);
        world.time.advanceMs(1_000);
        assertThat(world.lastProposal().isr()).containsExactly(1, 2);
        world.commitLast(1);
        assertThat(isr()).as("nothing is left pending").isEqualTo(new Committed(1, List.of(1, 2)));
        int before = world.proposals.size();
        world.followerFetch(3, 1, 0);
        assertThat(world.proposals).hasSize(before + 1);
    }

    @Test
    void D5_3_theHighWatermarkStandsStillBelowTheEffectiveMinIsr() {
        world.lead(1, List.of(1), 1);
        world.append(LEADER, 10);
        assertThat(world.replica.highWatermark()).isZero();
        world.settings.minInsyncReplicas = 1;
        world.reconsider(1);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
    }

    @Test
    void D5_3_theEffectiveMinIsrIsNotAboveTheNumberOfReplicas() {
        world.settings.minInsyncReplicas = 5;
        world.assume(Images.state(List.of(1), List.of(1), 1, 1, 1));
        assertThat(world.append(ALL, 10)).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void D5_3_aFollowerAboutToJoinHoldsTheHighWatermarkForItsLagTimeOnly() {
        world.settings.minInsyncReplicas = 1;
        world.lead(1, List.of(1), 1);
        world.append(LEADER, 10);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        world.append(LEADER, 11);
        world.followerFetch(2, 1, 0); // below the high watermark: cannot join
        world.append(LEADER, 12);
        assertThat(world.replica.highWatermark()).as("waits for node 2").isEqualTo(2);
        world.time.advanceMs(31_000);
        world.replica.shrinkLagging();
        assertThat(world.replica.highWatermark()).isEqualTo(3);
    }

    /** One thread may still deal with an image while another has gone on to the next, with the lock between them. */
    @Test
    void D5_3_theMinIsrOfAnOlderImageThanTheStateIsNotTaken() {
        world.settings.minInsyncReplicas = 2;
        world.lead(1, List.of(1, 2), 5);
        world.lead(1, List.of(1), 6);
        world.append(LEADER, 10);
        assertThat(world.replica.highWatermark()).isZero();

        world.settings.minInsyncReplicas = 1;
        world.lead(1, List.of(1, 2), 5);
        world.replica.reconsider(Images.state(REPLICAS, List.of(1, 2), 1, 1, 5), 1);
        assertThat(world.replica.highWatermark()).isZero();

        world.replica.reconsider(Images.state(REPLICAS, List.of(1), 1, 1, 6), 1);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
    }
}
