/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static io.klamm.replication.partition.ReplicaFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.replication.model.Images;
import io.klamm.replication.partition.IsrState.Committed;
import io.klamm.replication.partition.IsrState.PendingExpand;
import io.klamm.replication.partition.IsrState.PendingShrink;
import io.klamm.storage.log.EpochEnd;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Rules D5.1 to D5.4: logs, epochs, ISR and high watermark; {@link HistoryRulesTest} has more of D5.1, {@link ClientRulesTest} the
 * others. */
class ReplicationRulesTest {
    private static final short ALL = -1;
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();

    private IsrState isr() {
        return ((LeaderReplica) world.replica.role()).isr();
    }

    // ---- D5.1
    // ------------------------------------------------------------------------------------------------------------------

    @Test
    void D5_1_divergenceIsAnsweredByEpochAndEndOffset() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10, 11, 12);
        world.lead(4, REPLICAS, 2);
        world.append(LEADER, 13);

        FetchOutcome newerEpochHere = world.replica.fetch(world.followerSpec(2, 4, 5, 3));
        assertThat(newerEpochHere.error()).isEqualTo(Errors.NONE);
        assertThat(newerEpochHere.diverging()).isEqualTo(new EpochEnd(1, 3));
        assertThat(newerEpochHere.records()).isNull();

        FetchOutcome tooLong = world.replica.fetch(world.followerSpec(2, 4, 4, 1));
        assertThat(tooLong.diverging()).isEqualTo(new EpochEnd(1, 3));

        FetchOutcome sound = world.replica.fetch(world.followerSpec(2, 4, 3, 1));
        assertThat(sound.diverging()).isNull();
        assertThat(values(sound)).containsExactly(13L);
    }

    @Test
    void D5_1_aDivergingFetchIsNoProgress() {
        world.lead(1, REPLICAS, 1);
        world.append(ALL, 10, 11);
        world.lead(2, REPLICAS, 2);
        world.replica.fetch(world.followerSpec(2, 2, 2, 1));
        world.replica.fetch(world.followerSpec(3, 2, 2, 7));
        assertThat(world.replica.highWatermark()).isZero();
        world.replica.fetch(world.followerSpec(3, 2, 2, 1));
        assertThat(world.replica.highWatermark()).isEqualTo(2);
    }

    @Test
    void D5_1_divergenceIsResolvedByEpochAndOffsetNotByHighWatermark() {
        world.follow(2, 1);
        world.take(1, 0, fetched(1, stamped(0, 1, 10)));
        world.take(1, 1, fetched(1, stamped(1, 1, 11)));
        world.take(1, 2, fetched(1, stamped(2, 1, 12)));
        world.follow(3, 2);
        assertThat(world.log.logEndOffset())
                .as("a new epoch alone cuts nothing")
                .isEqualTo(3);

        FollowerStep step =
                world.take(2, 3, new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 1, 0, new EpochEnd(1, 2), null));

        assertThat(step).isEqualTo(FollowerStep.TRUNCATED);
        assertThat(world.log.values(0, 9)).containsExactly(10L, 11L);
        assertThat(world.replica.highWatermark()).isEqualTo(1);
        assertThat(world.replica.fetchPosition(2)).isEqualTo(new FetchPosition(2, 1, 0));
    }

    @Test
    void D5_1_truncationTakesTheEpochsAlong() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.lead(2, REPLICAS, 20); // an epoch without a record
        assertThat(world.log.epochs()).containsEntry(2, 1L);
        world.follow(3, 3);
        assertThat(world.replica.fetchPosition(3)).isEqualTo(new FetchPosition(1, 2, 0));

        world.take(3, 1, new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 0, 0, new EpochEnd(1, 1), null));

        assertThat(world.log.epochs()).containsOnlyKeys(1);
        assertThat(world.replica.fetchPosition(3)).isEqualTo(new FetchPosition(1, 1, 0));
    }

    @Test
    void D5_1_aNewEpochUnderTheSameLeaderIsCheckedAsWell() {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.follow(2, 3);
        assertThat(world.take(1, 1, fetched(1, stamped(1, 1, 11))))
                .as("an answer of the epoch before")
                .isEqualTo(FollowerStep.STALE);
        assertThat(world.replica.fetchPosition(3))
                .as("what its log ends with goes along")
                .isEqualTo(new FetchPosition(1, 1, 0));
    }

    @Test
    void D5_1_aLogWithoutAnyOfTheLeadersEpochsIsEmptied() {
        world.follow(2, 3);
        world.take(3, 0, fetched(0, stamped(0, 3, 10)));
        world.follow(3, 4);
        world.take(4, 1, new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 0, 0, new EpochEnd(1, 8), null));
        assertThat(world.replica.fetchPosition(4)).isEqualTo(new FetchPosition(0, -1, 0));
    }

    @Test
    void D5_1_outOfRangeStartsAnewAtTheLeadersLogStart() {
        world.follow(2, 1);
        world.take(1, 0, fetched(1, stamped(0, 1, 10)));
        FollowerStep step = world.take(
                1, 1, new FetchedPartition(ReplicaFixture.ID, Errors.OFFSET_OUT_OF_RANGE, 90, 50, null, null));
        assertThat(step).isEqualTo(FollowerStep.TRUNCATED);
        assertThat(world.replica.fetchPosition(1)).isEqualTo(new FetchPosition(50, -1, 50));
        assertThat(world.replica.highWatermark()).isEqualTo(50);
    }

    /** DeleteRecords may cut a batch in two; a follower whose own history ends just there cannot go on with the second half. */
    @Test
    void D5_1_aLogThatEndsInsideOfTheLeadersFirstBatchStartsAnew() {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.take(1, 1, fetched(0, stamped(1, 1, 11)));
        world.follow(3, 3);
        FetchedPartition behindTheStart =
                new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 4, 2, null, stamped(1, 2, 20, 21, 22));
        assertThat(world.take(3, 2, behindTheStart)).isEqualTo(FollowerStep.TRUNCATED);
        assertThat(world.replica.fetchPosition(3)).isEqualTo(new FetchPosition(2, -1, 2));
        world.take(3, 2, behindTheStart);
        assertThat(world.take(3, 2, behindTheStart)).as("confirmed").isEqualTo(FollowerStep.APPENDED);
        assertThat(world.log.values(2, 9)).containsExactly(21L, 22L);
    }

    @Test
    void D5_1_theLeaderTellsItsLogStartToAFollowerOutOfRange() throws Exception {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.log.advanceLogStart(1);
        FetchOutcome below = world.followerFetch(2, 1, 0);
        assertThat(below.error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(below.logStartOffset()).isEqualTo(1);
        assertThat(world.followerFetch(2, 1, 3).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    /** What it has there may be of another history, and so may be what it knows of producers from it. */
    @Test
    void D5_1_aFollowerWithOlderRecordsBelowTheLogStartIsOutOfRange() throws Exception {
        world.lead(2, REPLICAS, 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.log.advanceLogStart(1);
        long brokerEpoch = Images.epoch(world.image, 2);
        FetchSpec has = new FetchSpec(2, brokerEpoch, 2, 1, 1, 0, 1 << 20, true, false);
        FetchSpec hasNone = new FetchSpec(2, brokerEpoch, 2, 1, 1, 1, 1 << 20, true, false);
        FetchSpec consumer = new FetchSpec(-1, -1, 2, 1, 1, -1, 1 << 20, true, false);
        assertThat(world.replica.fetch(has).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(world.replica.fetch(hasNone).error()).isEqualTo(Errors.NONE);
        assertThat(world.replica.fetch(consumer).error()).isEqualTo(Errors.NONE);
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

    // ---- D5.4
    // ------------------------------------------------------------------------------------------------------------------

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
