/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Table;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm groups reset}. */
@Command(
        name = "reset",
        description = "Set where a group without members goes on to read.",
        footer = {
            "",
            "Examples:",
            "  klamm groups reset billing --to-earliest",
            "  klamm groups reset billing --topic orders --partition 3 --to 1200",
            "  klamm groups reset billing --topic orders --by -100 --dry-run",
            "  klamm groups reset billing --to-time 2026-01-31T12:00:00Z"
        })
final class GroupsResetCommand extends ClientCommand {
    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String group;

    @Option(
            names = "--topic",
            paramLabel = "TOPIC,...",
            split = ",",
            description = "Topics to reset. Default: all that the group has read.")
    private List<String> topics = List.of();

    @Option(
            names = "--partition",
            paramLabel = "N,...",
            split = ",",
            description = "Partitions to reset. Default: all.")
    private List<Integer> partitions = List.of();

    @Option(names = "--dry-run", description = "Show what would be, change nothing.")
    private boolean dryRun;

    @ArgGroup(multiplicity = "1")
    private Target target;

    /** Where to; one of them. */
    static final class Target {
        @Option(names = "--to-earliest", description = "To the first record there is.")
        boolean earliest;

        @Option(names = "--to-latest", description = "To the end: only new records are read.")
        boolean latest;

        @Option(names = "--to", paramLabel = "OFFSET", description = "To this offset.")
        @Nullable
        Long offset;

        @Option(
                names = "--by",
                paramLabel = "N",
                description = "Forward by so many offsets, or back when negative. Partitions without a commit stay.")
        @Nullable
        Long by;

        @Option(
                names = "--to-time",
                paramLabel = "TIME",
                description = "To the first record at or after this time, as 2026-01-31T12:00:00Z.")
        @Nullable
        String time;
    }

    /**
     * What {@code --json} prints of each partition.
     *
     * @param before committed offset, null when there was none
     * @param after the new one, null when it is left as it is
     * @param problem why it is left as it is, null when it is not
     */
    record Reset(
            String topic,
            int partition,
            @Nullable Long before,
            @Nullable Long after,
            @Nullable String problem) {}

    @Override
    void run(Admin admin) throws Exception {
        Map<TopicPartition, Long> committed = committed(admin);
        List<TopicPartition> wanted = wanted(admin, committed);
        Map<TopicPartition, Long> first = offsets(admin, wanted, OffsetSpec.earliest());
        Map<TopicPartition, Long> end = offsets(admin, wanted, OffsetSpec.latest());
        Map<TopicPartition, Long> aims = aims(admin, wanted, committed, first, end);
        List<Reset> resets = new ArrayList<>();
        Map<TopicPartition, OffsetAndMetadata> changes = new HashMap<>();
        for (TopicPartition partition : wanted) {
            Long before = committed.get(partition);
            if (target.by != null && before == null) {
                resets.add(new Reset(
                        partition.topic(), partition.partition(), null, null, "nothing is committed to count from"));
                continue;
            }
            long low = first.getOrDefault(partition, 0L);
            long high = end.getOrDefault(partition, Long.MAX_VALUE);
            long after = Math.max(low, Math.min(high, aims.getOrDefault(partition, high)));
            resets.add(new Reset(partition.topic(), partition.partition(), before, after, null));
            changes.put(partition, new OffsetAndMetadata(after));
        }
        if (changes.isEmpty()) {
            throw new CommandException("--by: group " + group
                    + " has committed nothing for these partitions, so there is nothing to count" + " from");
        }
        if (!dryRun) {
            commit(admin, changes);
        }
        output.print(resets, table(resets) + (dryRun ? "\nNothing is changed (--dry-run).\n" : ""));
    }

    private static Table table(List<Reset> resets) {
        Table table = new Table("TOPIC", "PARTITION", "BEFORE", "AFTER");
        for (Reset row : resets) {
            String after = row.problem() == null ? String.valueOf(row.after()) : "- (" + row.problem() + ")";
            table.row(row.topic(), row.partition(), row.before() == null ? "-" : row.before(), after);
        }
        return table;
    }

    private Map<TopicPartition, Long> committed(Admin admin) throws Exception {
        Map<TopicPartition, Long> committed = new HashMap<>();
        connection
                .await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                .forEach((partition, offset) -> {
                    if (offset != null) {
                        committed.put(partition, offset.offset());
                    }
                });
        return committed;
    }

    private List<TopicPartition> wanted(Admin admin, Map<TopicPartition, Long> committed) throws Exception {
        Set<TopicPartition> all = new java.util.TreeSet<>(
                Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        if (topics.isEmpty()) {
            all.addAll(committed.keySet());
            if (all.isEmpty()) {
                throw new CommandException(
                        "group " + group + " has committed nothing: name the topics to reset with --topic");
            }
        } else {
            for (Map.Entry<String, TopicDescription> topic : described(admin).entrySet()) {
                for (TopicPartitionInfo info : topic.getValue().partitions()) {
                    all.add(new TopicPartition(topic.getKey(), info.partition()));
                }
            }
        }
        if (!partitions.isEmpty()) {
            all.removeIf(partition -> !partitions.contains(partition.partition()));
            if (all.isEmpty()) {
                throw new CommandException("there is no such partition");
            }
        }
        return List.copyOf(all);
    }

    private Map<String, TopicDescription> described(Admin admin) throws Exception {
        try {
            return new TreeMap<>(connection.await(admin.describeTopics(topics).allTopicNames()));
        } catch (UnknownTopicOrPartitionException e) {
            throw new CommandException("one of these topics does not exist: " + String.join(", ", topics));
        }
    }

    /** Where each partition shall go, before it is kept within the log; none means the end. */
    private Map<TopicPartition, Long> aims(
            Admin admin,
            List<TopicPartition> wanted,
            Map<TopicPartition, Long> committed,
            Map<TopicPartition, Long> first,
            Map<TopicPartition, Long> end)
            throws Exception {
        if (target.time != null) {
            return offsets(admin, wanted, OffsetSpec.forTimestamp(timestampMs(target.time)));
        }
        Map<TopicPartition, Long> aims = new HashMap<>();
        for (TopicPartition partition : wanted) {
            Long aim = target.earliest ? first.get(partition) : target.latest ? end.get(partition) : target.offset;
            if (target.by != null) {
                Long from = committed.get(partition);
                aim = from == null ? null : from + target.by;
            }
            if (aim != null) {
                aims.put(partition, aim);
            }
        }
        return aims;
    }

    private static long timestampMs(String text) {
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException e) {
            throw new CommandException("--to-time " + text + ": expected a time as 2026-01-31T12:00:00Z");
        }
    }

    /** Partitions without such an offset are left out. */
    private Map<TopicPartition, Long> offsets(Admin admin, List<TopicPartition> wanted, OffsetSpec spec)
            throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        wanted.forEach(partition -> asked.put(partition, spec));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        Map<TopicPartition, ListOffsetsResultInfo> answers =
                connection.await(admin.listOffsets(asked).all());
        answers.forEach((partition, answer) -> {
            if (answer.offset() >= 0) {
                offsets.put(partition, answer.offset());
            }
        });
        return offsets;
    }

    private void commit(Admin admin, Map<TopicPartition, OffsetAndMetadata> changes) throws Exception {
        try {
            connection.await(admin.alterConsumerGroupOffsets(group, changes).all());
        } catch (UnknownMemberIdException e) {
            throw new CommandException("group " + group + " has members: stop them first");
        } catch (GroupIdNotFoundException e) {
            throw new CommandException("there is no group " + group);
        }
    }
}
