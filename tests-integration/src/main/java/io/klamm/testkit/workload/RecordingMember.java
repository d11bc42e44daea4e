/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.history.Commit;
import io.klamm.testkit.history.CommittedOffset;
import io.klamm.testkit.history.ErrorText;
import io.klamm.testkit.history.MemberFate;
import io.klamm.testkit.history.MemberFate.Fate;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Ownership;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedMemberEpochException;
import org.apache.kafka.common.errors.IllegalGenerationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.StaleMemberEpochException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** A member of a group that takes down what it owns, what it reads, and what it commits after each poll. Runs on the thread of its caller. */
final class RecordingMember {
    private static final Duration POLL = Duration.ofMillis(100);
    /** Less than a session lasts. */
    private static final Duration COMMITTED = Duration.ofSeconds(3);

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    private enum Ending {
        NONE,
        LEAVE,
        VANISH
    }

    private final String process;
    private final String group;
    private final String topic;
    private final Map<String, Object> config;
    private final Diary diary;

    /** By partition: how often it was assigned. A new assignment begins where the group has committed. */
    private final Map<TopicPartition, Integer> sessions = new HashMap<>();

    /** Where the current session goes on; none before its first record. */
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    /** Partitions that were read further than was committed. */
    private final Set<TopicPartition> owed = new HashSet<>();

    private @Nullable Ownership owned;
    /** When it was told to go. */
    private volatile long toldNanos;

    private volatile Ending ending = Ending.NONE;

    RecordingMember(MemberSettings settings, Diary diary) {
        this.process = settings.process();
        this.group = settings.group();
        this.topic = settings.topic();
        this.config = Map.copyOf(settings.config());
        this.diary = diary;
    }

    /** Returns when it was told to go, and is gone. */
    void run() {
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        try {
            consumer.subscribe(List.of(topic), new Assignments(consumer));
            while (ending == Ending.NONE) {
                long invokedNanos = diary.now();
                ConsumerRecords<String, String> polled = consumer.poll(POLL);
                own(consumer.groupMetadata().generationId(), consumer.assignment());
                take(polled, invokedNanos);
                if (!polled.isEmpty()) {
                    diary.read();
                }
                commit(consumer, polled);
            }
        } finally {
            disown();
            consumer.close(
                    ending == Ending.VANISH
                            ? CloseOptions.groupMembershipOperation(
                                            CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP)
                                    .withTimeout(Duration.ZERO)
                            : CloseOptions.timeout(Duration.ofSeconds(20)));
        }
        diary.add(new MemberFate(
                diary.since(toldNanos), process, group, ending == Ending.VANISH ? Fate.SILENT : Fate.LEFT));
    }

    private final class Assignments implements ConsumerRebalanceListener {
        private final KafkaConsumer<String, String> consumer;

        Assignments(KafkaConsumer<String, String> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            for (TopicPartition partition : partitions) {
                sessions.merge(partition, 1, Integer::sum);
                positions.remove(partition);
                owed.remove(partition);
            }
            if (!partitions.isEmpty()) {
                seeCommitted(consumer, Set.copyOf(partitions));
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            // What was read of them is committed already.
        }
    }

    /** What the coordinator says when a session begins: reading alone would hide a commit that went back and was caught up with. */
    private void seeCommitted(KafkaConsumer<String, String> consumer, Set<TopicPartition> partitions) {
        long invokedNanos = diary.now();
        Map<TopicPartition, OffsetAndMetadata> found;
        try {
            found = consumer.committed(partitions, COMMITTED);
        } catch (RetriableException
                | UnknownMemberIdException
                | IllegalGenerationException
                | StaleMemberEpochException
                | FencedMemberEpochException e) {
            return; // Nobody answers, or it is no member any more: there is nothing to take down.
        }
        for (TopicPartition partition : partitions) {
            OffsetAndMetadata offset = found.get(partition);
            diary.add(new CommittedOffset(
                    diary.since(invokedNanos), process, group, partition, offset == null ? -1 : offset.offset()));
        }
    }

    private void own(int generation, Collection<TopicPartition> assigned) {
        List<TopicPartition> partitions = assigned.stream().sorted(ORDER).toList();
        Ownership now = owned;
        if (now == null || now.generation() != generation || !now.partitions().equals(partitions)) {
            disown();
            // One that was thrown out has no generation: what it still holds it no longer owns.
            if (!partitions.isEmpty() && generation > 0) {
                long since = diary.now();
                owned = new Ownership(diary.since(since), process, group, generation, partitions);
                diary.open(owned);
            }
        }
    }

    private void disown() {
        Ownership over = owned;
        owned = null;
        if (over != null) {
            diary.add(new Ownership(
                    diary.since(over.span().invokedNanos()), process, group, over.generation(), over.partitions()));
        }
    }

    private void take(ConsumerRecords<String, String> polled, long invokedNanos) {
        for (TopicPartition partition : polled.partitions()) {
            List<ReadRecord> read = new ArrayList<>();
            for (ConsumerRecord<String, String> each : polled.records(partition)) {
                read.add(new ReadRecord(each.offset(), each.key(), each.value()));
            }
            long position = positions.getOrDefault(partition, read.get(0).offset());
            diary.add(new Poll(
                    diary.since(invokedNanos),
                    process,
                    sessions.getOrDefault(partition, 0),
                    partition,
                    position,
                    read));
            positions.put(partition, next(read));
        }
    }

    private static long next(List<ReadRecord> read) {
        return read.get(read.size() - 1).offset() + 1;
    }

    /** A commit that a rebalance or a fail-over prevents is tried again while the partition is owned: there may be no later one. */
    private void commit(KafkaConsumer<String, String> consumer, ConsumerRecords<String, String> polled) {
        owed.addAll(polled.partitions());
        owed.retainAll(consumer.assignment());
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : owed) {
            offsets.put(partition, new OffsetAndMetadata(positions.getOrDefault(partition, 0L)));
        }
        if (offsets.isEmpty()) {
            return;
        }
        long invokedNanos = diary.now();
        int generation = consumer.groupMetadata().generationId();
        Outcome outcome = Outcome.OK;
        String error = null;
        offsets.forEach((partition, offset) -> diary.open(new Commit(
                new Span(invokedNanos, Span.NEVER),
                process,
                group,
                generation,
                partition,
                offset.offset(),
                Outcome.UNKNOWN)));
        try {
            consumer.commitSync(offsets);
        } catch (KafkaException e) {
            outcome = Outcome.UNKNOWN;
            error = ErrorText.of(e);
        }
        for (Map.Entry<TopicPartition, OffsetAndMetadata> each : offsets.entrySet()) {
            long offset = each.getValue().offset();
            diary.add(new Commit(
                    diary.since(invokedNanos), process, group, generation, each.getKey(), offset, outcome, error));
            if (outcome == Outcome.OK) {
                owed.remove(each.getKey());
            }
        }
    }

    /** Goes, and says so; does not wait. From any thread. */
    void leave() {
        toldNanos = diary.now();
        ending = Ending.LEAVE;
    }

    /** Is gone without a word; does not wait. From any thread. */
    void vanish() {
        toldNanos = diary.now();
        ending = Ending.VANISH;
    }
}
