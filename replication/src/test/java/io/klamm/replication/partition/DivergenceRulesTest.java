/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static io.klamm.replication.partition.ReplicaFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.Batches;
import io.klamm.replication.model.Images;
import io.klamm.storage.log.EpochEnd;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Rule D5.1: where two histories part, and what a follower does about it; {@link HistoryRulesTest} has whose records it takes. */
class DivergenceRulesTest {
    private static final short ALL = -1;
    private static final short LEADER = 1;

    private final ReplicaFixture world = new ReplicaFixture();

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

    /** After an unclean election: the leader has nothing of what is here, and is behind where this log starts. */
    @Test
    void D5_1_aLogWithoutAnyOfTheLeadersEpochsGoesOnWhereTheLeadersPartsFromIt() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10, 11, 12)));
        world.take(1, 3, fetched(4, stamped(3, 1, 13, 14)));
        world.log.advanceLogStart(4);
        world.follow(3, 4);
        FetchPosition end = world.replica.fetchPosition(4);
        assertThat(end).isEqualTo(new FetchPosition(5, 1, 4));

        world.take(4, 5, new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 0, 0, new EpochEnd(0, 2), null));

        assertThat(world.replica.fetchPosition(4)).isEqualTo(new FetchPosition(2, -1, 2));
        ByteBuffer spanning = stamped(1, 4, 20, 21, 22);
        assertThat(world.take(4, 2, fetched(0, spanning))).isEqualTo(FollowerStep.APPENDED);
        assertThat(world.log.values(2, 9)).containsExactly(21L, 22L);
    }

    /** The same where the leader's last common epoch ends behind this log's start: its batch there may span it. */
    @Test
    void D5_1_aLogWithoutAnyOfTheLeadersEpochsGoesOnInsideOfTheLeadersBatch() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10, 11)));
        world.take(1, 2, fetched(3, stamped(2, 1, 12)));
        world.log.advanceLogStart(2);
        world.follow(3, 4);

        world.take(4, 3, new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 0, 0, new EpochEnd(0, 9), null));

        assertThat(world.replica.fetchPosition(4)).isEqualTo(new FetchPosition(2, -1, 2));
        ByteBuffer spanning = stamped(1, 4, 20, 21, 22);
        assertThat(world.take(4, 2, fetched(0, spanning))).isEqualTo(FollowerStep.APPENDED);
        assertThat(world.log.values(2, 9)).containsExactly(21L, 22L);
    }

    /** All its records are deleted, and another history than the leader's ended there: it has nothing that tells where they part. */
    @Test
    void D5_1_aLogWithoutRecordsThatEndsInsideOfALeadersBatchStartsAnew() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10, 11, 12)));
        world.log.advanceLogStart(3);
        world.follow(3, 4);
        ByteBuffer spanning = stamped(2, 4, 20, 21);
        FetchedPartition behindTheEnd = new FetchedPartition(ReplicaFixture.ID, Errors.NONE, 4, 1, null, spanning);

        assertThat(world.take(4, 3, behindTheEnd)).isEqualTo(FollowerStep.TRUNCATED);

        assertThat(world.replica.fetchPosition(4)).isEqualTo(new FetchPosition(1, -1, 1));
        assertThat(world.take(4, 1, behindTheEnd)).isEqualTo(FollowerStep.APPENDED);
    }

    /** What is only damaged on its way is asked for again. */
    @Test
    void D5_1_aLogWithoutRecordsThatGetsDamagedOnesStaysAsItIs() throws Exception {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10, 11, 12)));
        world.log.advanceLogStart(3);
        ByteBuffer behind = Batches.join(stamped(3, 1, 13), stamped(2, 1, 12));

        assertThat(world.take(1, 3, fetched(0, behind))).isEqualTo(FollowerStep.REJECTED);

        assertThat(world.log.logStartOffset()).isEqualTo(3);
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
}
