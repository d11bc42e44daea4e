/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/** The topics in which hostile clients write what they want: nobody reads them, but their replicas must be the same. */
final class HostileTopics {
    private static final Map<String, String> LARGE_BATCHES = Map.of("max.message.bytes", "4000000");
    private static final int CLIENT_SECONDS = 20;

    /** Where a partition's replicas are (hostile clients may have moved them), and what it has below its high watermark. */
    private record Bounds(List<Integer> nodes, long start, long end) {}

    private final Ground ground;
    private final Map<TopicPartition, Bounds> bounds = new LinkedHashMap<>();

    /** Creates them. */
    HostileTopics(Ground ground) {
        this.ground = ground;
        ground.createTopic(Vocabulary.TOPICS.get(0), Vocabulary.PARTITIONS, LARGE_BATCHES);
        Map<String, String> compacted = new LinkedHashMap<>(LARGE_BATCHES);
        compacted.put("cleanup.policy", "compact");
        compacted.put("segment.bytes", "5000000");
        compacted.put("min.cleanable.dirty.ratio", "0.01");
        ground.createTopic(Vocabulary.TOPICS.get(1), Vocabulary.PARTITIONS, compacted);
        Map<String, String> recompressed = new LinkedHashMap<>(LARGE_BATCHES);
        recompressed.put("compression.type", "zstd");
        ground.createTopic(Vocabulary.TOPICS.get(2), Vocabulary.PARTITIONS, recompressed);
    }

    /** Waits until their replicas are in sync, and looks at how far they go. When nobody writes any more. */
    void awaitStill(Duration atMost) {
        try (Admin admin = KlammCluster.admin(ground.bootstrap())) {
            for (String topic : Vocabulary.TOPICS) {
                ground.awaitInSync(topic, atMost);
                // Hostile clients may have made it a compacted one: each replica is cleaned by itself then.
                if (Await.get("settings of " + topic, atMost, () -> isKept(admin, topic))) {
                    Await.get("bounds of " + topic, atMost, () -> bounds(admin, topic))
                            .forEach(bounds::put);
                }
            }
        }
    }

    private static Map<TopicPartition, Bounds> bounds(Admin admin, String topic) throws Exception {
        Map<TopicPartition, Bounds> found = new LinkedHashMap<>();
        Stream<TopicPartitionInfo> partitions =
                admin
                        .describeTopics(List.of(topic))
                        .allTopicNames()
                        .get(CLIENT_SECONDS, TimeUnit.SECONDS)
                        .values()
                        .stream()
                        .flatMap(each -> each.partitions().stream());
        for (TopicPartitionInfo each : partitions.toList()) {
            TopicPartition partition = new TopicPartition(topic, each.partition());
            found.put(
                    partition,
                    new Bounds(
                            each.replicas().stream().map(Node::id).toList(),
                            offset(admin, partition, OffsetSpec.earliest()),
                            offset(admin, partition, OffsetSpec.latest())));
        }
        return found;
    }

    private static boolean isKept(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource)).all().get(CLIENT_SECONDS, TimeUnit.SECONDS).values().stream()
                .flatMap(config -> config.entries().stream())
                .noneMatch(entry ->
                        entry.name().equals("cleanup.policy") && entry.value().contains("compact"));
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec))
                .partitionResult(partition)
                .get(CLIENT_SECONDS, TimeUnit.SECONDS)
                .offset();
    }

    /** Takes down what the stopped nodes have of them. */
    void takeDown(HistoryRecorder history) {
        bounds.forEach((partition, between) ->
                StoppedNodes.replicas(ground, history, partition, between.nodes, between.start, between.end));
    }
}
