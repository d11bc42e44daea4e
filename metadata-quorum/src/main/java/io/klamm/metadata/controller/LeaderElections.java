/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Elections that an operator asks for (KIP-183, KIP-460). Pure: what they find and what they answer. */
final class LeaderElections {
    private LeaderElections() {}

    /** Partitions that are not led by their preferred replica; by name, then number. */
    static List<TopicPartition> ledByOthers(MetadataImage image) {
        return all(image).stream()
                .filter(partition -> {
                    TopicImage topic = image.topic(partition.topic());
                    PartitionState state = topic == null ? null : topic.partition(partition.partition());
                    return state != null && !PreferredLeaders.isPreferred(state);
                })
                .toList();
    }

    /** Elects the preferred replicas. One result for each partition, in this order. */
    static Decision<List<LeaderElectionResult>> preferred(MetadataImage image, List<TopicPartition> asked) {
        List<MetadataFact> facts = new ArrayList<>();
        List<LeaderElectionResult> results = new ArrayList<>();
        for (TopicPartition partition : asked) {
            TopicImage topic = image.topic(partition.topic());
            PartitionState state = topic == null ? null : topic.partition(partition.partition());
            if (topic == null || state == null) {
                results.add(unknown(partition));
            } else if (PreferredLeaders.isPreferred(state)) {
                results.add(new LeaderElectionResult(
                        partition, Errors.ELECTION_NOT_NEEDED, "The preferred replica leads already"));
            } else {
                PartitionState elected = PreferredLeaders.elect(image, state);
                if (elected != null) {
                    facts.add(new PartitionChanged(topic.id(), partition.partition(), elected));
                    results.add(new LeaderElectionResult(partition, Errors.NONE, null));
                } else {
                    results.add(new LeaderElectionResult(
                            partition, Errors.PREFERRED_LEADER_NOT_AVAILABLE, notPreferred(image, state)));
                }
            }
        }
        return new Decision<>(facts, results);
    }

    private static String notPreferred(MetadataImage image, PartitionState state) {
        if (state.replicas().isEmpty()) {
            return "The partition has no replicas";
        }
        int preferred = state.replicas().get(0);
        return PartitionElector.isAvailable(image, state, preferred)
                ? "The preferred replica, on broker " + preferred + ", is not in sync"
                : "The preferred replica, on broker " + preferred + ", is not available";
    }

    /**
     * What an unclean election is to do.
     *
     * @param settled results of partitions that need none, or cannot have one
     * @param open partitions for which the logs of the replicas decide
     */
    record Unclean(List<LeaderElectionResult> settled, Map<PartitionId, TopicPartition> open) {}

    /** @param asked which partitions; null for all, of which those that have a leader are in no result */
    static Unclean unclean(MetadataImage image, @Nullable Collection<TopicPartition> asked) {
        List<LeaderElectionResult> settled = new ArrayList<>();
        Map<PartitionId, TopicPartition> open = new LinkedHashMap<>();
        for (TopicPartition partition : asked == null ? all(image) : new LinkedHashSet<>(asked)) {
            TopicImage topic = image.topic(partition.topic());
            PartitionState state = topic == null ? null : topic.partition(partition.partition());
            if (topic == null || state == null) {
                settled.add(unknown(partition));
            } else if (state.hasLeader()) {
                if (asked != null) {
                    settled.add(new LeaderElectionResult(
                            partition, Errors.ELECTION_NOT_NEEDED, "The partition has a leader"));
                }
            } else if (state.replicas().stream().noneMatch(node -> PartitionElector.isAvailable(image, state, node))) {
                settled.add(new LeaderElectionResult(
                        partition,
                        Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                        "None of the replicas, on brokers " + state.replicas() + ", is available"));
            } else {
                open.put(new PartitionId(topic.id(), partition.partition()), partition);
            }
        }
        return new Unclean(settled, open);
    }

    /** How the open ones ended, by the image then. */
    static List<LeaderElectionResult> ended(MetadataImage image, Unclean unclean) {
        List<LeaderElectionResult> results = new ArrayList<>(unclean.settled());
        unclean.open().forEach((id, partition) -> {
            PartitionState state = image.partition(id);
            if (state == null) {
                results.add(unknown(partition));
            } else if (state.hasLeader()) {
                results.add(new LeaderElectionResult(partition, Errors.NONE, null));
            } else {
                results.add(new LeaderElectionResult(
                        partition,
                        Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE,
                        "No available replica has told in time what its log holds"));
            }
        });
        return results;
    }

    private static LeaderElectionResult unknown(TopicPartition partition) {
        return new LeaderElectionResult(
                partition, Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no partition " + partition);
    }

    /** By name, then number. */
    private static List<TopicPartition> all(MetadataImage image) {
        List<TopicPartition> all = new ArrayList<>();
        new TreeMap<>(image.topicIds()).values().forEach(id -> {
            TopicImage topic = Objects.requireNonNull(image.topic(id));
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                all.add(new TopicPartition(topic.name(), partition));
            }
        });
        return all;
    }
}
