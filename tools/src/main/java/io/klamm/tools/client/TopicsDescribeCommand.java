/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.output.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm topics describe}. */
@Command(name = "describe", description = "Show the partitions of topics: leaders, replicas, offsets.")
final class TopicsDescribeCommand extends ClientCommand {
    @Parameters(
            paramLabel = "TOPIC",
            arity = "0..*",
            description = "Topics to describe. Default: all but internal ones.")
    private List<String> names = List.of();

    @Override
    void run(Admin admin) throws Exception {
        List<TopicView> found = names.isEmpty()
                ? TopicViews.existing(
                        admin,
                        connection,
                        new TreeSet<>(connection.await(admin.listTopics().names())))
                : TopicViews.named(admin, connection, new TreeSet<>(names));
        TopicSettingsOf settings = TopicSettingsOf.read(admin, connection, found);
        Map<TopicPartition, Range> ranges = ranges(admin, found);
        List<TopicView> topics = found.stream()
                .map(settings::withOwn)
                .map(settings::withMinIsr)
                .map(topic -> withOffsets(topic, ranges))
                .toList();
        StringBuilder text = new StringBuilder();
        topics.forEach(topic -> append(text, topic));
        output.print(topics, text.isEmpty() ? "No topics." : text);
    }

    /** Offsets from {@code start}, inclusive, to {@code end}, exclusive. */
    private record Range(long start, long end) {}

    private static TopicView withOffsets(TopicView topic, Map<TopicPartition, Range> ranges) {
        return topic.withPartitions(partition -> {
            Range range = ranges.get(new TopicPartition(topic.topic(), partition.partition()));
            return range == null ? partition : partition.withOffsets(range.start(), range.end());
        });
    }

    private static void append(StringBuilder text, TopicView topic) {
        text.append(text.isEmpty() ? "" : "\n")
                .append(topic.topic())
                .append(": ")
                .append(Words.count(topic.partitions().size(), "partition"))
                .append(", ")
                .append(Words.count(topic.replicationFactor(), "replica"))
                .append(", id ")
                .append(topic.topicId())
                .append('\n');
        if (topic.configs() != null) {
            topic.configs().forEach((key, value) -> text.append("  ")
                    .append(key)
                    .append('=')
                    .append(value)
                    .append('\n'));
        }
        // Only where there is trouble does anybody want to know who else may lead (KIP-966).
        boolean troubled = topic.partitions().stream()
                .anyMatch(partition -> !partition.eligibleLeaderReplicas().isEmpty()
                        || !partition.lastKnownIsr().isEmpty());
        List<String> header = new ArrayList<>(List.of("PARTITION", "LEADER", "REPLICAS", "ISR"));
        if (troubled) {
            header.addAll(List.of("ELR", "LAST KNOWN ISR"));
        }
        header.addAll(List.of("START", "END", "STATE"));
        Table table = new Table(header.toArray(String[]::new));
        for (PartitionView partition : topic.partitions()) {
            List<Object> row = new ArrayList<>(List.of(
                    partition.partition(),
                    partition.leader() < 0 ? "-" : partition.leader(),
                    Words.ids(partition.replicas()),
                    Words.ids(partition.isr())));
            if (troubled) {
                row.add(Words.ids(partition.eligibleLeaderReplicas()));
                row.add(Words.ids(partition.lastKnownIsr()));
            }
            row.add(partition.startOffset() == null ? "-" : partition.startOffset());
            row.add(partition.endOffset() == null ? "-" : partition.endOffset());
            row.add(partition.state());
            table.row(row.toArray());
        }
        text.append(table);
    }

    private Map<TopicPartition, Range> ranges(Admin admin, List<TopicView> topics) throws Exception {
        Map<TopicPartition, OffsetSpec> first = new HashMap<>();
        Map<TopicPartition, OffsetSpec> last = new HashMap<>();
        for (TopicView topic : topics) {
            for (PartitionView partition : topic.partitions()) {
                if (!partition.isOffline()) {
                    TopicPartition key = new TopicPartition(topic.topic(), partition.partition());
                    first.put(key, OffsetSpec.earliest());
                    last.put(key, OffsetSpec.latest());
                }
            }
        }
        Map<TopicPartition, Range> ranges = new HashMap<>();
        if (first.isEmpty()) {
            return ranges;
        }
        Map<TopicPartition, ListOffsetsResultInfo> starts =
                connection.await(admin.listOffsets(first).all());
        Map<TopicPartition, ListOffsetsResultInfo> ends =
                connection.await(admin.listOffsets(last).all());
        starts.forEach((key, start) ->
                ranges.put(key, new Range(start.offset(), ends.get(key).offset())));
        return ranges;
    }
}
