/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.output.Table;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
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

    /**
     * What {@code --json} prints of a topic.
     *
     * @param configs settings that the topic does not take from the defaults
     * @param offsets first and end offset by partition; empty for a partition without a leader
     */
    record Description(TopicView topic, Map<String, String> configs, Map<Integer, Range> offsets) {}

    /** Offsets from {@code start}, inclusive, to {@code end}, exclusive. */
    record Range(long start, long end) {}

    @Override
    void run(Admin admin) throws Exception {
        List<TopicView> topics = names.isEmpty()
                ? TopicViews.existing(
                        admin,
                        connection,
                        new TreeSet<>(connection.await(admin.listTopics().names())))
                : TopicViews.named(admin, connection, new TreeSet<>(names));
        Map<String, Map<String, String>> configs = configs(admin, topics);
        Map<TopicPartition, Range> ranges = ranges(admin, topics);
        List<Description> descriptions = topics.stream()
                .map(topic -> {
                    Map<Integer, Range> offsets = new LinkedHashMap<>();
                    topic.partitions().forEach(partition -> {
                        Range range = ranges.get(new TopicPartition(topic.topic(), partition.partition()));
                        if (range != null) {
                            offsets.put(partition.partition(), range);
                        }
                    });
                    return new Description(topic, configs.getOrDefault(topic.topic(), Map.of()), offsets);
                })
                .toList();
        StringBuilder text = new StringBuilder();
        descriptions.forEach(description -> append(text, description));
        output.print(descriptions, text.isEmpty() ? "No topics." : text);
    }

    private static void append(StringBuilder text, Description description) {
        TopicView topic = description.topic();
        text.append(text.isEmpty() ? "" : "\n")
                .append(topic.topic())
                .append(": ")
                .append(Words.count(topic.partitions().size(), "partition"))
                .append(", ")
                .append(Words.count(topic.replicationFactor(), "replica"))
                .append(", id ")
                .append(topic.topicId())
                .append('\n');
        description
                .configs()
                .forEach((key, value) ->
                        text.append("  ").append(key).append('=').append(value).append('\n'));
        Table table = new Table("PARTITION", "LEADER", "REPLICAS", "ISR", "START", "END", "STATE");
        for (PartitionView partition : topic.partitions()) {
            Range range = description.offsets().get(partition.partition());
            table.row(
                    partition.partition(),
                    partition.leader() < 0 ? "-" : partition.leader(),
                    Words.ids(partition.replicas()),
                    Words.ids(partition.isr()),
                    range == null ? "-" : range.start(),
                    range == null ? "-" : range.end(),
                    partition.state());
        }
        text.append(table);
    }

    private Map<String, Map<String, String>> configs(Admin admin, List<TopicView> topics) throws Exception {
        if (topics.isEmpty()) {
            return Map.of();
        }
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.topic()))
                .toList();
        Map<ConfigResource, Config> described =
                connection.await(admin.describeConfigs(resources).all());
        Map<String, Map<String, String>> byTopic = new HashMap<>();
        described.forEach((resource, config) -> {
            Map<String, String> own = new LinkedHashMap<>();
            config.entries().stream()
                    .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
                    .forEach(entry -> own.put(entry.name(), entry.value()));
            byTopic.put(resource.name(), own);
        });
        return byTopic;
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
