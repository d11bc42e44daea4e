/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.REGISTERS;
import static io.klamm.testkit.judge.CleanRun.WEAK;
import static io.klamm.testkit.judge.CleanRun.bounds;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static io.klamm.testkit.judge.CleanRun.send;
import static io.klamm.testkit.judge.CleanRun.value;
import static io.klamm.testkit.judge.CleanRun.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.LogLine;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Milestone;
import io.klamm.testkit.history.Milestone.Mark;
import io.klamm.testkit.history.NodeEnd;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Reassignment;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import io.klamm.testkit.history.TopicKind;
import io.klamm.testkit.history.TopicsSeen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each anomaly planted once in a clean run: the judge must find it, and only it. */
class HistoryJudgeTest {
    private static final int LAST = RECORDS - 1;
    private final CleanRun run = new CleanRun();

    @Test
    void aCleanHistoryIsClean() {
        assertThat(run.judged()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Anomaly.class)
    void eachAnomalyIsFoundWhereItIsPlanted(Anomaly anomaly) {
        assertThat(PlantedAnomalies.plant(anomaly).judged())
                .isNotEmpty()
                .extracting(Violation::anomaly)
                .containsOnly(anomaly);
    }

    @Test
    void anUnknownSendMayBeThereOnceOrNot() {
        run.add(send(PLAIN, RECORDS, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT, Outcome.UNKNOWN));
        assertThat(run.judged()).isEmpty();
        run.contents(PLAIN, with(record(PLAIN, RECORDS, RECORDS)));
        assertThat(run.judged()).isEmpty();
        run.contents(PLAIN, with(record(PLAIN, RECORDS + 1, RECORDS)));
        assertThat(only()).isEqualTo(Anomaly.DUPLICATE);
    }

    @Test
    void aLostAcknowledgedRecordIsFoundWithItsOperationsAndTheFaultsAround() {
        run.add(send(PLAIN, RECORDS, RECORDS, Acks.ALL_IDEMPOTENT));
        assertThat(run.judged()).singleElement().satisfies(lost -> {
            assertThat(lost.anomaly()).isEqualTo(Anomaly.LOST);
            assertThat(lost.where()).isEqualTo("plain-0");
            assertThat(lost.operations().get(0)).isInstanceOf(Send.class);
            assertThat(lost.faults()).extracting(Fault::kind).containsExactly("KILL");
            assertThat(lost.toString()).contains(value(PLAIN, RECORDS), "exit code 137");
        });
    }

    @Test
    void anAcknowledgedRecordBelowTheLogStartIsNotLost() {
        run.replace(contentsOf(PLAIN), new Contents(seconds(30, 31), "reader", PLAIN, RECORDS, RECORDS, List.of()));
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void whatATopicOfTheRunHasDeletedWasYoung() {
        run.replace(
                contentsOf(PLAIN),
                new Contents(
                        seconds(30, 31),
                        "reader",
                        PLAIN,
                        1,
                        RECORDS,
                        IntStream.range(1, RECORDS)
                                .mapToObj(number -> record(PLAIN, number, number))
                                .toList()));
        assertThat(run.judged()).isEmpty();
        run.add(new TopicKind(seconds(0, 0), "run", PLAIN.topic(), 1, false));
        assertThat(only()).isEqualTo(Anomaly.DELETED_YOUNG);
    }

    @Test
    void whatOneReplicaOfATopicOfTheRunHasDeletedWasYoung() {
        run.add(new TopicKind(seconds(0, 0), "run", PLAIN.topic(), 1, false));
        assertThat(run.judged()).isEmpty();
        List<StoredBatch> batches = CleanRun.replica("node-2").batches();
        run.add(ReplicaLog.whole(seconds(32, 33), "node-3", PLAIN, RECORDS, batches.subList(1, batches.size())));
        assertThat(only()).isEqualTo(Anomaly.DELETED_YOUNG);
    }

    @Test
    void aPartitionThatNobodyReadIsNotJudgedInSilence() {
        run.remove(contentsOf(PLAIN));
        assertThat(only()).isEqualTo(Anomaly.UNREAD);
    }

    @Test
    void aRecordAtAnotherOffsetThanAcknowledgedIsFound() {
        run.replace(sendOf(PLAIN, LAST), send(PLAIN, LAST, 99, Acks.ALL_IDEMPOTENT));
        run.remove(CleanRun::boundsOfPlain).add(bounds(0, 0));
        assertThat(only()).isEqualTo(Anomaly.MOVED);
    }

    /** What a producer hears of a retry that many of its later batches have overtaken. */
    @Test
    void aRecordAcknowledgedWithoutAnOffsetMayBeAnywhereInItsPartition() {
        run.replace(sendOf(PLAIN, 2), send(PLAIN, 2, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT));
        assertThat(run.judged()).isEmpty();

        run.add(send(PLAIN, 50, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT));
        assertThat(only()).isEqualTo(Anomaly.LOST);
    }

    @Test
    void aRecordInAnotherPartitionThanAcknowledgedIsFound() {
        TopicPartition other = new TopicPartition(PLAIN.topic(), 1);
        run.add(send(other, 60, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT));
        run.contents(PLAIN, with(record(PLAIN, RECORDS, 60)));
        run.add(new Contents(seconds(30, 31), "reader", other, 0, 0, List.of()));
        assertThat(only()).isEqualTo(Anomaly.MOVED);
    }

    @Test
    void aDuplicateIsFound() {
        run.contents(PLAIN, with(record(PLAIN, RECORDS, 3)));
        assertThat(only()).isEqualTo(Anomaly.DUPLICATE);
    }

    @Test
    void reorderingIsFound() {
        Send late = send(PLAIN, 21, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT);
        Send early = send(PLAIN, 20, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT);
        run.add(late).add(early);
        run.contents(PLAIN, with(record(PLAIN, RECORDS, 21), record(PLAIN, RECORDS + 1, 20)));
        assertThat(only()).isEqualTo(Anomaly.REORDERED);
    }

    @Test
    void whatIsSentLaterThanAnAcknowledgementMayNotStandBeforeIt() {
        run.add(ofAnother(PLAIN, 20, RECORDS + 1)).add(ofAnother(PLAIN, 21, RECORDS));
        run.contents(PLAIN, with(record(PLAIN, RECORDS, 21), record(PLAIN, RECORDS + 1, 20)));
        assertThat(only()).isEqualTo(Anomaly.REAL_TIME_ORDER);
    }

    @Test
    void aRecordNobodySentIsFound() {
        run.contents(PLAIN, with(new ReadRecord(RECORDS, null, "ghost")));
        assertThat(only()).isEqualTo(Anomaly.PHANTOM);
    }

    @Test
    void aRecordThatFailedAndIsThereIsFound() {
        run.add(send(PLAIN, RECORDS, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT, Outcome.FAIL));
        assertThat(run.judged()).isEmpty();
        run.contents(PLAIN, with(record(PLAIN, RECORDS, RECORDS)));
        assertThat(only()).isEqualTo(Anomaly.FAILED_YET_THERE);
    }

    @Test
    void twoReadersWithDifferentValuesAtOneOffsetAreFound() {
        run.add(new Poll(seconds(12, 13), "reader-1", 0, PLAIN, 4, List.of(record(PLAIN, 4, 5))));
        assertThat(only()).isEqualTo(Anomaly.TWO_VALUES);
    }

    @Test
    void aRecordReadAndGoneIsFound() {
        run.add(send(PLAIN, RECORDS, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT, Outcome.UNKNOWN));
        run.add(new Poll(
                seconds(RECORDS, RECORDS + 1),
                "reader-0",
                0,
                PLAIN,
                RECORDS,
                List.of(record(PLAIN, RECORDS, RECORDS))));
        assertThat(only()).isEqualTo(Anomaly.READ_AND_GONE);
    }

    @Test
    void aReaderThatGoesBackIsFound() {
        run.add(new Poll(seconds(14, 15), "reader-0", 0, PLAIN, 4, List.of(record(PLAIN, 4, 4))));
        assertThat(only()).isEqualTo(Anomaly.READ_BACKWARDS);
    }

    @Test
    void offsetsThatDoNotAscendWithinAPollAreFound() {
        run.add(new Poll(seconds(14, 15), "reader-1", 0, PLAIN, 3, List.of(record(PLAIN, 3, 3), record(PLAIN, 3, 3))));
        assertThat(only()).isEqualTo(Anomaly.READ_BACKWARDS);
    }

    @Test
    void aReaderThatSkipsIsFoundUnlessItsSessionIsANewOne() {
        run.add(new Poll(seconds(12, 13), "reader-1", 0, PLAIN, 2, List.of(record(PLAIN, 2, 2))));
        run.add(new Poll(seconds(13, 14), "reader-1", 1, PLAIN, 5, List.of(record(PLAIN, 5, 5))));
        assertThat(run.judged()).isEmpty();
        run.add(new Poll(seconds(14, 15), "reader-1", 1, PLAIN, 7, List.of(record(PLAIN, 7, 7))));
        assertThat(only()).isEqualTo(Anomaly.SKIPPED);
    }

    @Test
    void aGapIsFound() {
        run.add(send(PLAIN, RECORDS, RECORDS + 1, Acks.ALL_IDEMPOTENT));
        run.contents(PLAIN, with(record(PLAIN, RECORDS + 1, RECORDS)));
        assertThat(only()).isEqualTo(Anomaly.GAP);
    }

    @Test
    void aGapAtTheEndIsFound() {
        Contents whole = CleanRun.contents(PLAIN, RECORDS);
        run.replace(contentsOf(PLAIN), new Contents(whole.span(), "reader", PLAIN, 0, RECORDS + 1, whole.records()));
        assertThat(only()).isEqualTo(Anomaly.GAP);
    }

    @Test
    void aRegisterThatLostItsLastValueIsFound() {
        run.contents(REGISTERS, records -> {
            records.remove(1);
            records.add(0, new ReadRecord(LAST - 2, "odd", value(REGISTERS, LAST - 2)));
            return records;
        });
        assertThat(only()).isEqualTo(Anomaly.STALE_REGISTER);
    }

    @Test
    void aRegisterThatHoldsNothingIsFound() {
        run.contents(REGISTERS, records -> {
            records.remove(0);
            return records;
        });
        assertThat(only()).isEqualTo(Anomaly.STALE_REGISTER);
    }

    @Test
    void aPartitionWithTwoOwnersInAGenerationIsFound() {
        run.add(new Ownership(seconds(10, 11), "member-2", "group", 2, List.of(PLAIN)));
        assertThat(only()).isEqualTo(Anomaly.TWO_OWNERS);
    }

    @Test
    void aCommittedOffsetThatIsForgottenIsFound() {
        run.add(new CommittedOffset(seconds(14, 15), "watcher", "group", PLAIN, 3));
        assertThat(only()).isEqualTo(Anomaly.COMMIT_WENT_BACK);
    }

    @Test
    void aCommitAcceptedBelowAnEarlierOneIsFound() {
        run.add(new Commit(seconds(14, 15), "member-1", "group", 2, PLAIN, 3, Outcome.OK));
        assertThat(only()).isEqualTo(Anomaly.COMMIT_WENT_BACK);
    }

    @Test
    void aCommitThatMayHaveFailedPromisesNothing() {
        run.add(new Commit(seconds(14, 15), "member-0", "group", 1, PLAIN, 3, Outcome.UNKNOWN));
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void recordsThatAGroupPassedOverAreFound() {
        run.add(new Poll(seconds(14, 15), "member-9", 0, PLAIN, 0, List.of(record(PLAIN, 0, 0), record(PLAIN, 1, 1))));
        run.add(new MemberFate(seconds(2, 3), "member-8", "other", Fate.LEFT));
        run.add(new Commit(seconds(15, 16), "member-9", "other", 1, PLAIN, 2, Outcome.OK));
        run.add(new CommittedOffset(seconds(12, 12), "watcher", "other", PLAIN, 0));
        assertThat(run.judged()).isEmpty();
        run.add(new Commit(seconds(16, 17), "member-9", "other", 1, PLAIN, 4, Outcome.OK));
        assertThat(run.judged()).singleElement().satisfies(found -> {
            assertThat(found.anomaly()).isEqualTo(Anomaly.SKIPPED);
            assertThat(found.message()).contains("got 2 records from 2 on");
        });
    }

    @Test
    void aTopicThatIsGoneOrHasNotGrownIsFound() {
        run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of()));
        assertThat(only()).isEqualTo(Anomaly.TOPIC_LOST);
        run.add(new TopicsSeen(seconds(30, 31), "node-3", "churn-", Map.of("churn-1", 2)));
        assertThat(run.judged()).extracting(Violation::anomaly).containsExactly(Anomaly.TOPIC_LOST, Anomaly.TOPIC_LOST);
    }

    @Test
    void aTopicThatIsBackOrThatNobodyCreatedIsFound() {
        run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of("churn-1", 3, "churn-2", 2)));
        assertThat(only()).isEqualTo(Anomaly.TOPIC_BACK);
        run.add(new TopicsSeen(seconds(30, 31), "node-3", "churn-", Map.of("churn-1", 3, "churn-9", 2)));
        assertThat(run.judged()).extracting(Violation::anomaly).containsExactly(Anomaly.TOPIC_BACK, Anomaly.TOPIC_BACK);
    }

    @Test
    void aTopicWhoseChangeIsUnknownMayBeThereOrNot() {
        run.add(new TopicChange(seconds(5, 6), "churn", "churn-1", Change.GROW, 4, Outcome.UNKNOWN));
        run.add(new TopicChange(seconds(5, 6), "churn", "churn-3", Change.CREATE, 2, Outcome.UNKNOWN));
        run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of("churn-1", 4, "churn-3", 2)));
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void whatWasDoneToATopicLaterShowsThatItsUnknownCreationWasDone() {
        run.add(new TopicChange(seconds(10, 11), "churn", "churn-4", Change.CREATE, 2, Outcome.UNKNOWN));
        run.add(new TopicChange(seconds(12, 13), "churn", "churn-4", Change.GROW, 3, Outcome.OK));
        assertThat(run.judged()).extracting(Violation::anomaly).containsOnly(Anomaly.TOPIC_LOST);
        run.add(new TopicChange(seconds(14, 15), "churn", "churn-4", Change.DELETE, 0, Outcome.OK));
        assertThat(run.judged()).isEmpty();
        run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of("churn-1", 3, "churn-4", 3)));
        assertThat(only()).isEqualTo(Anomaly.TOPIC_BACK);
        run.add(new Fault(seconds(9, 20), "nemesis", "FREEZE", "PAUSE", List.of(2), "state T"));
        assertThat(run.judged()).extracting(Violation::anomaly).doesNotContain(Anomaly.TOPIC_BACK);
    }

    @Test
    void twoLeadersInAnEpochAreFound() {
        run.add(new Leadership(seconds(10, 10), "watcher", PLAIN, 3, 5));
        assertThat(only()).isEqualTo(Anomaly.TWO_LEADERS);
    }

    @Test
    void aHighWatermarkThatGoesBackIsFoundThoughNothingAcknowledgedIsAboveIt() {
        run.add(bounds(14, 40)).add(bounds(15, 39));
        assertThat(run.judged()).isNotEmpty().extracting(Violation::anomaly).containsOnly(Anomaly.BOUNDS_WENT_BACK);
    }

    @Test
    void boundsThatAreNotInOrderAreFound() {
        run.add(new Bounds(seconds(14, 14), "watcher", PLAIN, 5, RECORDS + 1, RECORDS, RECORDS));
        assertThat(only()).isEqualTo(Anomaly.BOUNDS_WENT_BACK);
    }

    /** ListOffsets is not linearizable: it is asked of whoever takes himself for the leader. */
    @Test
    void aLeaderOfThePastMayAnswerFromThePast() {
        run.add(new Bounds(seconds(15, 15), "watcher", PLAIN, 4, 0, 2, 2));
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void aLeaderOfThePastMayNotGoBackInItsOwnPast() {
        run.add(new Bounds(seconds(14, 14), "watcher", PLAIN, 4, 0, 3, 3));
        assertThat(run.judged()).isEmpty();
        run.add(new Bounds(seconds(15, 15), "watcher", PLAIN, 4, 0, 2, 2));
        assertThat(run.judged()).isNotEmpty().extracting(Violation::anomaly).containsOnly(Anomaly.BOUNDS_WENT_BACK);
    }

    @Test
    void aHighWatermarkBelowAnAcknowledgedRecordIsFound() {
        run.remove(CleanRun::boundsOfPlain);
        run.add(bounds(14, 5));
        assertThat(run.judged())
                .isNotEmpty()
                .extracting(Violation::anomaly)
                .containsOnly(Anomaly.BOUNDS_BELOW_ACKNOWLEDGED);
    }

    @Test
    void replicasThatDifferBelowTheHighWatermarkAreFound() {
        List<StoredBatch> batches = new ArrayList<>(CleanRun.replica("node-2").batches());
        batches.set(5, new StoredBatch(5, 5, 3, 666));
        run.add(ReplicaLog.whole(seconds(32, 33), "node-3", PLAIN, RECORDS, batches));
        assertThat(only()).isEqualTo(Anomaly.REPLICAS_DIFFER);
    }

    @Test
    void aReplicaThatIsShortIsFoundAndOneThatHasMoreAboveTheHighWatermarkIsNot() {
        List<StoredBatch> batches = new ArrayList<>(CleanRun.replica("node-2").batches());
        batches.add(new StoredBatch(RECORDS, RECORDS, 5, 1));
        run.add(ReplicaLog.whole(seconds(32, 33), "node-3", PLAIN, RECORDS, batches));
        assertThat(run.judged()).isEmpty();
        run.add(ReplicaLog.whole(seconds(32, 33), "node-4", PLAIN, 0, batches.subList(0, 3)));
        assertThat(only()).isEqualTo(Anomaly.REPLICAS_DIFFER);
    }

    @Test
    void whatOneEpochHasTwiceIsAForkAlsoAboveTheHighWatermarkAndWhereBatchesOverlap() {
        List<StoredBatch> batches = new ArrayList<>(CleanRun.replica("node-2").batches());
        batches.add(new StoredBatch(RECORDS, RECORDS + 3, 5, 1));
        run.add(ReplicaLog.whole(seconds(32, 33), "node-3", PLAIN, RECORDS, batches));
        assertThat(run.judged()).isEmpty();
        List<StoredBatch> later = new ArrayList<>(CleanRun.replica("node-2").batches());
        later.add(new StoredBatch(RECORDS + 1, RECORDS + 1, 6, 2));
        run.add(ReplicaLog.whole(seconds(32, 33), "node-4", PLAIN, RECORDS, later));
        assertThat(run.judged()).isEmpty();
        later.set(RECORDS, new StoredBatch(RECORDS + 1, RECORDS + 1, 5, 2));
        run.add(ReplicaLog.whole(seconds(32, 33), "node-5", PLAIN, RECORDS, later));
        assertThat(only()).isEqualTo(Anomaly.EPOCH_FORKED);
    }

    @Test
    void aReplicaOfACompactedTopicMayLackWhatAnotherHasButNotTheLastValueOfAKey() {
        StoredRecord old = new StoredRecord(RECORDS - 3, "odd", "o", false);
        StoredRecord tombstone = new StoredRecord(RECORDS - 4, "gone", "", true);
        StoredRecord even = new StoredRecord(RECORDS - 2, "even", "e", false);
        StoredRecord odd = new StoredRecord(RECORDS - 1, "odd", "d", false);
        run.add(registers("node-2", tombstone, old, even, odd)).add(registers("node-3", even, odd));
        assertThat(run.judged()).isEmpty();
        run.add(registers("node-4", old, even));
        assertThat(only()).isEqualTo(Anomaly.REPLICAS_DIFFER);
    }

    @Test
    void aRecordThatTwoReplicasOfTheGroupsTopicHaveMustBeTheSame() {
        TopicPartition groups = new TopicPartition("__consumer_offsets", 7);
        StoredRecord one = new StoredRecord(3, "key", "a", false);
        run.add(new ReplicaLog(seconds(32, 33), "node-1", groups, 4, List.of(), List.of(one), null));
        run.add(new ReplicaLog(seconds(32, 33), "node-2", groups, 4, List.of(), List.of(one), null));
        assertThat(run.judged()).isEmpty();
        StoredRecord other = new StoredRecord(3, "key", "b", false);
        run.add(new ReplicaLog(seconds(32, 33), "node-3", groups, 4, List.of(), List.of(other), null));
        assertThat(only()).isEqualTo(Anomaly.REPLICAS_DIFFER);
    }

    @Test
    void replicasThatAreNeitherWhereTheyWereToGoNorWhereTheyWereAreFound() {
        List<Integer> two = List.of(1, 2);
        List<Integer> three = List.of(1, 2, 3);
        run.add(new Reassignment(seconds(20, 21), "operator", PLAIN, two, three, false, three));
        run.add(new Reassignment(seconds(21, 22), "operator", PLAIN, two, three, true, List.of(2, 1)));
        run.add(new Reassignment(seconds(22, 23), "operator", PLAIN, two, three, true, three));
        assertThat(run.judged()).isEmpty();
        run.add(new Reassignment(seconds(23, 24), "operator", PLAIN, two, three, false, two));
        assertThat(only()).isEqualTo(Anomaly.REPLICAS_ASTRAY);
    }

    @Test
    void metadataThatDiffersAtOneOffsetIsFound() {
        run.add(new MetadataDigest(seconds(30, 30), "node-3", 78, "def"));
        assertThat(run.judged()).isEmpty();
        run.add(new MetadataDigest(seconds(30, 30), "node-3", 77, "def"));
        assertThat(only()).isEqualTo(Anomaly.METADATA_DIFFERS);
    }

    @Test
    void aPartitionAndAGroupThatStayStuckAfterTheLastHealAreFound() {
        run.remove(event -> event instanceof Milestone);
        run.add(new Fault(seconds(15, 16), "nemesis", "FREEZE", "PAUSE", List.of(2), "state T"));
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::where)
                .containsExactlyInAnyOrder(
                        tuple(Anomaly.STUCK, "plain-0"),
                        tuple(Anomaly.STUCK, "weak-0"),
                        tuple(Anomaly.STUCK, "registers-0"),
                        tuple(Anomaly.STUCK, "group group"));
    }

    @Test
    void aPartitionOrGroupThatNeverDidAnythingIsStuck() {
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.COMPLETE);
        run.add(new TopicKind(seconds(0, 0), "run", "idle", 1, false));
        run.add(new Ownership(seconds(9, 20), "member-7", "idlers", 2, List.of(PLAIN)));
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::where)
                .containsExactlyInAnyOrder(tuple(Anomaly.STUCK, "idle-0"), tuple(Anomaly.STUCK, "group idlers"));
    }

    @Test
    void aPartitionThatStopsLongAfterTheHealIsStuckThoughItWentOnAtFirst() {
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.ENDING);
        run.add(new Milestone(seconds(20, 20), "run", Mark.ENDING));
        assertThat(run.judged()).isEmpty();
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.ENDING);
        run.add(new Milestone(seconds(50, 50), "run", Mark.ENDING));
        run.add(send(WEAK, 49, Send.NO_OFFSET, Acks.NONE)).contents(WEAK, with(record(WEAK, RECORDS, 49)));
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::where, Violation::message)
                .contains(tuple(Anomaly.STUCK, "weak-0", "nothing was done for 38 s after the last heal"));
    }

    @Test
    void aSendThatIsGivenUpAfterTheLastHealIsFoundWhenTheRunCameToItsEnd() {
        run.add(ofAnother(PLAIN, 10, Send.NO_OFFSET, Outcome.UNKNOWN));
        assertThat(only()).isEqualTo(Anomaly.STUCK);
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.COMPLETE);
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void anErrorInTheLogOfANodeIsExpectedOnlyWhereAFaultExplainsIt() {
        run.add(new LogLine(seconds(0, 30), "node-1", "ERROR LogDir: log dir /d goes offline: Input/output error", 1));
        assertThat(only()).isEqualTo(Anomaly.NODE_FAILED);
        run.add(new Fault(seconds(2, 3), "nemesis", "DISK_ERRORS", "DISK_ERRORS", List.of(1), "code 1"));
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void aNodeThatEndsWithAnErrorIsFound() {
        run.add(new NodeEnd(seconds(31, 32), "node-3", 1));
        assertThat(only()).isEqualTo(Anomaly.NODE_FAILED);
    }

    @Test
    void whatNobodyLookedAtIsFoundInARunThatCameToItsEndOnly() {
        run.remove(event -> event instanceof ReplicaLog log && log.process().equals("node-2"));
        run.remove(
                event -> event instanceof NodeEnd || event instanceof TopicsSeen || event instanceof CommittedOffset);
        run.remove(event -> event instanceof Poll poll && poll.partition().equals(REGISTERS));
        assertThat(run.judged())
                .extracting(Violation::anomaly, Violation::where)
                .containsExactlyInAnyOrder(
                        tuple(Anomaly.UNOBSERVED, "registers"),
                        tuple(Anomaly.UNOBSERVED, "registers-0"),
                        tuple(Anomaly.UNOBSERVED, "group group"),
                        tuple(Anomaly.UNOBSERVED, "run"),
                        tuple(Anomaly.UNOBSERVED, "topics"));
        run.remove(event -> event instanceof Milestone milestone && milestone.mark() == Mark.COMPLETE);
        assertThat(run.judged()).isEmpty();
    }

    @Test
    void withoutIdempotenceARecordMayBeThereTwiceAndOutOfOrder() {
        run.add(send(WEAK, 20, RECORDS + 2, Acks.ALL));
        run.contents(
                WEAK, with(record(WEAK, RECORDS, 20), record(WEAK, RECORDS + 1, 3), record(WEAK, RECORDS + 2, 20)));
        assertThat(run.judged()).isEmpty();
    }

    private Anomaly only() {
        List<Violation> found = run.judged();
        assertThat(found).hasSize(1);
        return found.get(0).anomaly();
    }

    static Send ofAnother(TopicPartition partition, int number, long offset) {
        return ofAnother(partition, number, offset, Outcome.OK);
    }

    private static Send ofAnother(TopicPartition partition, int number, long offset, Outcome outcome) {
        Send send = send(partition, number, offset, Acks.ALL_IDEMPOTENT);
        return new Send(
                send.span(),
                "producer-" + number,
                partition,
                outcome == Outcome.OK ? send.payload() : new Send.Payload(number, null, "of-another-" + number),
                send.acks(),
                outcome,
                offset);
    }

    private static ReplicaLog registers(String node, StoredRecord... records) {
        return new ReplicaLog(seconds(32, 33), node, REGISTERS, RECORDS, List.of(), List.of(records), null);
    }

    private static Predicate<Event> contentsOf(TopicPartition partition) {
        return event -> event instanceof Contents whole && whole.partition().equals(partition);
    }

    private static Predicate<Event> sendOf(TopicPartition partition, int number) {
        return event -> event instanceof Send send && send.value().equals(value(partition, number));
    }
}
