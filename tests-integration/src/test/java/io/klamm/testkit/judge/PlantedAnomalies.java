/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import static io.klamm.testkit.judge.CleanRun.PLAIN;
import static io.klamm.testkit.judge.CleanRun.RECORDS;
import static io.klamm.testkit.judge.CleanRun.REGISTERS;
import static io.klamm.testkit.judge.CleanRun.bounds;
import static io.klamm.testkit.judge.CleanRun.record;
import static io.klamm.testkit.judge.CleanRun.seconds;
import static io.klamm.testkit.judge.CleanRun.send;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.LogLine;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Reassignment;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicKind;
import io.klamm.testkit.history.TopicsSeen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Each anomaly once in a clean run: one without a plant does not compile. */
final class PlantedAnomalies {
    private PlantedAnomalies() {}

    static CleanRun plant(Anomaly anomaly) {
        CleanRun run = new CleanRun();
        return switch (anomaly) {
            case LOST ->
                run.contents(PLAIN, records -> records.subList(0, RECORDS - 1))
                        .remove(event -> reads(event, RECORDS - 1));
            case MOVED ->
                run.remove(CleanRun::boundsOfPlain)
                        .add(bounds(0, 0))
                        .replace(
                                event -> event instanceof Send send
                                        && send.value().equals(CleanRun.value(PLAIN, RECORDS - 1)),
                                send(PLAIN, RECORDS - 1, 99, Acks.ALL_IDEMPOTENT));
            case UNREAD ->
                run.remove(event ->
                        event instanceof Contents whole && whole.partition().equals(PLAIN));
            case DUPLICATE -> run.contents(PLAIN, records -> with(records, record(PLAIN, RECORDS, 3)));
            case REORDERED ->
                run.add(send(PLAIN, 21, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT))
                        .add(send(PLAIN, 20, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT))
                        .contents(
                                PLAIN,
                                records -> with(records, record(PLAIN, RECORDS, 21), record(PLAIN, RECORDS + 1, 20)));
            case REAL_TIME_ORDER ->
                run.add(HistoryJudgeTest.ofAnother(PLAIN, 20, RECORDS + 1))
                        .add(HistoryJudgeTest.ofAnother(PLAIN, 21, RECORDS))
                        .contents(
                                PLAIN,
                                records -> with(records, record(PLAIN, RECORDS, 21), record(PLAIN, RECORDS + 1, 20)));
            case PHANTOM -> run.contents(PLAIN, records -> with(records, new ReadRecord(RECORDS, null, "ghost")));
            case FAILED_YET_THERE ->
                run.add(send(PLAIN, RECORDS, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT, Outcome.FAIL))
                        .contents(PLAIN, records -> with(records, record(PLAIN, RECORDS, RECORDS)));
            case TWO_VALUES ->
                run.add(new Poll(seconds(12, 13), "reader-1", 0, PLAIN, 4, List.of(record(PLAIN, 4, 5))));
            case READ_AND_GONE ->
                run.add(send(PLAIN, RECORDS, Send.NO_OFFSET, Acks.ALL_IDEMPOTENT, Outcome.UNKNOWN))
                        .add(new Poll(
                                seconds(RECORDS, RECORDS + 1),
                                "reader-0",
                                0,
                                PLAIN,
                                RECORDS,
                                List.of(record(PLAIN, RECORDS, RECORDS))));
            case READ_BACKWARDS ->
                run.add(new Poll(seconds(14, 15), "reader-0", 0, PLAIN, 4, List.of(record(PLAIN, 4, 4))));
            case SKIPPED ->
                run.add(new Poll(
                        seconds(14, 15), "reader-2", 0, PLAIN, 4, List.of(record(PLAIN, 4, 4), record(PLAIN, 6, 6))));
            case GAP ->
                run.add(send(PLAIN, RECORDS, RECORDS + 1, Acks.ALL_IDEMPOTENT))
                        .contents(PLAIN, records -> with(records, record(PLAIN, RECORDS + 1, RECORDS)));
            case STALE_REGISTER -> run.contents(REGISTERS, records -> records.subList(1, 2));
            case TWO_OWNERS -> run.add(new Ownership(seconds(10, 11), "member-2", "group", 2, List.of(PLAIN)));
            case COMMIT_WENT_BACK -> run.add(new CommittedOffset(seconds(14, 15), "watcher", "group", PLAIN, 3));
            case TOPIC_LOST -> run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of()));
            case TOPIC_BACK ->
                run.add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of("churn-1", 3, "churn-2", 2)));
            case REPLICAS_ASTRAY ->
                run.add(new Reassignment(
                        seconds(23, 24), "operator", PLAIN, List.of(1, 2), List.of(1, 2, 3), false, List.of(1, 2)));
            case DELETED_YOUNG ->
                run.add(new TopicKind(seconds(0, 0), "run", PLAIN.topic(), 1, false))
                        .add(replica(batches().subList(1, RECORDS)));
            case TWO_LEADERS -> run.add(new Leadership(seconds(10, 10), "watcher", PLAIN, 3, 5));
            case BOUNDS_WENT_BACK -> run.add(bounds(14, 40)).add(bounds(15, 39));
            case BOUNDS_BELOW_ACKNOWLEDGED ->
                run.remove(CleanRun::boundsOfPlain).add(bounds(14, 5));
            case REPLICAS_DIFFER -> {
                List<StoredBatch> batches = batches();
                batches.set(5, new StoredBatch(5, 5, 3, 666));
                yield run.add(replica(batches));
            }
            case EPOCH_FORKED -> {
                List<StoredBatch> above = batches();
                above.add(new StoredBatch(RECORDS, RECORDS + 1, 5, 1));
                List<StoredBatch> others = batches();
                others.add(new StoredBatch(RECORDS, RECORDS, 5, 2));
                yield run.add(replica(above)).add(replica(others));
            }
            case REPLICA_DAMAGED ->
                run.add(new ReplicaLog(
                        seconds(32, 33), "node-3", PLAIN, RECORDS, List.of(), List.of(), "byte 17: no batch"));
            case NOT_COMPACTED -> {
                List<StoredRecord> stored = new ArrayList<>();
                for (int i = 0; i < 4_000; i++) {
                    int number = 1_000 + i;
                    run.add(new Send(
                            seconds(i, i),
                            "producer-1",
                            REGISTERS,
                            new Send.Payload(number, "odd", CleanRun.value(REGISTERS, number)),
                            Acks.ALL,
                            Outcome.OK,
                            Send.NO_OFFSET));
                    stored.add(new StoredRecord(number, i < 3_999 ? "old" + i : "odd", "digest", false));
                }
                yield run.remove(event -> event instanceof ReplicaLog log
                                && log.partition().equals(REGISTERS))
                        .add(new ReplicaLog(seconds(32, 33), "node-1", REGISTERS, RECORDS, List.of(), stored, null))
                        .add(new ReplicaLog(seconds(32, 33), "node-2", REGISTERS, RECORDS, List.of(), stored, null));
            }
            case METADATA_DIFFERS -> run.add(new MetadataDigest(seconds(30, 30), "node-3", 77, "def"));
            case NODE_FAILED ->
                run.add(new LogLine(seconds(0, 32), "node-2", "ERROR Segments: log dir /d is offline", 3));
            case STRANGE_ERROR ->
                run.add(new Commit(
                        seconds(11, 12),
                        "member-1",
                        "group",
                        2,
                        PLAIN,
                        RECORDS,
                        Outcome.UNKNOWN,
                        "UnknownServerException: The server experienced an unexpected error"));
            case UNOBSERVED ->
                run.remove(event -> event instanceof MetadataDigest digest
                        && digest.process().equals("node-2"));
            case STUCK -> run.remove(event -> event instanceof Commit commit && commit.offset() > 9);
        };
    }

    private static boolean reads(Object event, long offset) {
        return event instanceof Poll poll && poll.records().get(0).offset() == offset;
    }

    private static List<StoredBatch> batches() {
        return new ArrayList<>(CleanRun.replica("any").batches());
    }

    private static ReplicaLog replica(List<StoredBatch> batches) {
        return ReplicaLog.whole(seconds(32, 33), "node-3", PLAIN, RECORDS, batches);
    }

    private static List<ReadRecord> with(List<ReadRecord> records, ReadRecord... more) {
        records.addAll(List.of(more));
        return records;
    }
}
