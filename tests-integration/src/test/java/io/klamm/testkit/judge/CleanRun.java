/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
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
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import io.klamm.testkit.history.TopicKind;
import io.klamm.testkit.history.TopicsSeen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/**
 * A history with every kind of event in it, and nothing wrong: a second for each record, a node killed in the eighth. Tests plant their
 * anomaly in it.
 */
final class CleanRun {
    static final TopicPartition PLAIN = new TopicPartition("plain", 0);
    static final TopicPartition REGISTERS = new TopicPartition("registers", 0);
    static final TopicPartition WEAK = new TopicPartition("weak", 0);
    static final int RECORDS = 12;
    private static final Span FAULT = seconds(8, 9);

    private final List<Event> events = new ArrayList<>();

    CleanRun() {
        add(new TopicKind(seconds(0, 0), "run", REGISTERS.topic(), 1, true));
        for (int i = 0; i < RECORDS; i++) {
            add(send(PLAIN, i, i, Acks.ALL_IDEMPOTENT));
            add(send(WEAK, i, i, Acks.LEADER));
            add(register(i, i));
            add(new Poll(seconds(i, i + 1), "reader-0", 0, PLAIN, i, List.of(record(PLAIN, i, i))));
            int member = i < 9 ? 0 : 1;
            add(new Poll(seconds(i, i + 1), "member-" + member, 0, PLAIN, i, List.of(record(PLAIN, i, i))));
            add(new Commit(seconds(i, i + 1), "member-" + member, "group", member + 1, PLAIN, i + 1, Outcome.OK));
            add(new CommittedOffset(seconds(i + 1, i + 1), "watcher", "group", PLAIN, i + 1));
            add(bounds(i + 1, i + 1));
        }
        add(new MemberFate(seconds(8, 9), "member-0", "group", Fate.KILLED));
        add(new Ownership(seconds(0, 8), "member-0", "group", 1, List.of(PLAIN)));
        add(new Ownership(seconds(9, 20), "member-1", "group", 2, List.of(PLAIN)));
        add(new Leadership(seconds(1, 1), "watcher", PLAIN, 1, 4));
        add(new Leadership(seconds(1, 1), "watcher", REGISTERS, 3, 1));
        add(new Bounds(seconds(1, 1), "watcher", REGISTERS, 1, 0, 1, 1));
        add(new Leadership(seconds(9, 9), "watcher", PLAIN, 2, 5));
        add(new Fault(FAULT, "nemesis", "KILL_PARTITION_LEADER", "KILL", List.of(1), "exit code 137"));
        add(contents(PLAIN, RECORDS));
        add(contents(WEAK, RECORDS));
        add(new Contents(
                seconds(30, 31),
                "reader",
                REGISTERS,
                0,
                RECORDS,
                List.of(
                        new ReadRecord(RECORDS - 2, "even", "registers-" + (RECORDS - 2)),
                        new ReadRecord(RECORDS - 1, "odd", "registers-" + (RECORDS - 1)))));
        add(replica("node-1"));
        add(replica("node-2"));
        add(registers("node-1"));
        add(registers("node-2"));
        add(new TopicChange(seconds(1, 2), "churn", "churn-1", Change.CREATE, 2, Outcome.OK));
        add(new TopicChange(seconds(2, 3), "churn", "churn-1", Change.GROW, 3, Outcome.OK));
        add(new TopicChange(seconds(3, 4), "churn", "churn-2", Change.CREATE, 2, Outcome.OK));
        add(new TopicChange(seconds(4, 5), "churn", "churn-2", Change.DELETE, 0, Outcome.OK));
        add(new TopicsSeen(seconds(30, 31), "node-1", "churn-", Map.of("churn-1", 3)));
        add(new TopicsSeen(seconds(30, 31), "node-2", "churn-", Map.of("churn-1", 3)));
        add(new NodeEnd(seconds(31, 32), "node-1", 0));
        add(new NodeEnd(seconds(31, 32), "node-2", 0));
        add(new LogLine(seconds(0, 32), "node-1", "ERROR RaftServer$Division: 2-0: Failed appendEntries* 3-0", 2));
        add(new Poll(seconds(1, 2), "reader-1", 0, REGISTERS, 0, List.of(record(REGISTERS, 0, 0))));
        add(new Milestone(seconds(9, 9), "run", Mark.HEALED));
        add(new Milestone(seconds(RECORDS, RECORDS), "run", Mark.ENDING));
        add(new Milestone(seconds(33, 33), "run", Mark.COMPLETE));
        add(new MetadataDigest(seconds(30, 30), "node-1", 77, "abc"));
        add(new MetadataDigest(seconds(30, 30), "node-2", 77, "abc"));
    }

    static Span seconds(long from, long to) {
        // Ends just before the second, so that what begins in it comes after.
        return new Span(TimeUnit.SECONDS.toNanos(from), TimeUnit.SECONDS.toNanos(to) - (to > from ? 1 : 0));
    }

    static Send send(TopicPartition partition, int number, long offset, Acks acks) {
        return send(partition, number, offset, acks, Outcome.OK);
    }

    static Send send(TopicPartition partition, int number, long offset, Acks acks, Outcome outcome) {
        return new Send(
                seconds(number, number + 1),
                "producer-0",
                partition,
                new Send.Payload(number, null, value(partition, number)),
                acks,
                outcome,
                offset);
    }

    static Send register(int number, long offset) {
        return new Send(
                seconds(number, number + 1),
                "producer-0",
                REGISTERS,
                new Send.Payload(number, number % 2 == 0 ? "even" : "odd", value(REGISTERS, number)),
                Acks.ALL_IDEMPOTENT,
                Outcome.OK,
                offset);
    }

    static String value(TopicPartition partition, int number) {
        return partition.topic() + "-" + number;
    }

    static ReadRecord record(TopicPartition partition, long offset, int number) {
        return new ReadRecord(offset, null, value(partition, number));
    }

    static boolean boundsOfPlain(Event event) {
        return event instanceof Bounds seen && seen.partition().equals(PLAIN);
    }

    static Bounds bounds(int second, long end) {
        return new Bounds(seconds(second, second), "watcher", PLAIN, 5, 0, end, end);
    }

    static Contents contents(TopicPartition partition, int count) {
        List<ReadRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(record(partition, i, i));
        }
        return new Contents(seconds(30, 31), "reader", partition, 0, count, records);
    }

    static ReplicaLog replica(String node) {
        List<StoredBatch> batches = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            batches.add(new StoredBatch(i, i, i < 8 ? 4 : 5, 1000 + i));
        }
        return ReplicaLog.whole(seconds(32, 33), node, PLAIN, RECORDS, batches);
    }

    static ReplicaLog registers(String node) {
        return new ReplicaLog(
                seconds(32, 33),
                node,
                REGISTERS,
                RECORDS,
                List.of(),
                List.of(
                        new StoredRecord(RECORDS - 2, "even", "e", false),
                        new StoredRecord(RECORDS - 1, "odd", "d", false)),
                null);
    }

    /** To a partition's contents, for {@link #contents(TopicPartition, UnaryOperator)}. */
    static UnaryOperator<List<ReadRecord>> with(ReadRecord... more) {
        return records -> {
            records.addAll(List.of(more));
            return records;
        };
    }

    CleanRun add(Event event) {
        events.add(event);
        return this;
    }

    CleanRun remove(Predicate<Event> condition) {
        if (!events.removeIf(condition)) {
            throw new AssertionError("nothing to remove");
        }
        return this;
    }

    /** Changes what a partition holds in the end. */
    CleanRun contents(TopicPartition partition, UnaryOperator<List<ReadRecord>> change) {
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof Contents whole && whole.partition().equals(partition)) {
                List<ReadRecord> records = change.apply(new ArrayList<>(whole.records()));
                long end =
                        records.isEmpty() ? 0 : records.get(records.size() - 1).offset() + 1;
                events.set(i, new Contents(whole.span(), whole.process(), partition, whole.start(), end, records));
                return this;
            }
        }
        throw new AssertionError("nobody has read " + partition);
    }

    /** Puts an event in the place of the only one that the condition is true of. */
    CleanRun replace(Predicate<Event> condition, Event with) {
        return remove(condition).add(with);
    }

    History history() {
        return new History(events);
    }

    List<Violation> judged() {
        return HistoryJudge.judge(history());
    }
}
