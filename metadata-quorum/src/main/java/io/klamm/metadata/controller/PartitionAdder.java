/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.minus;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;

/** Decides the growth of topics (KIP-195): what is there stays, new partitions follow behind it. */
final class PartitionAdder {
    private static final Set<String> FIXED = Set.of("__consumer_offsets", "__transaction_state");

    private final int maxPartitionsPerRequest;

    PartitionAdder(int maxPartitionsPerRequest) {
        this.maxPartitionsPerRequest = maxPartitionsPerRequest;
    }

    /**
     * Decides all topics of one request; each stands for itself.
     *
     * @param validateOnly check everything, decide nothing
     * @return one result for each name, in the order of first mention
     */
    Decision<List<NewPartitionsResult>> add(MetadataImage image, List<NewPartitions> wanted, boolean validateOnly) {
        Map<String, Integer> mentions = new HashMap<>();
        wanted.forEach(topic -> mentions.merge(topic.topic(), 1, Integer::sum));
        Map<String, NewPartitionsResult> results = new LinkedHashMap<>();
        List<MetadataFact> facts = new ArrayList<>();
        MetadataImage pending = image;
        for (NewPartitions topic : wanted) {
            if (results.containsKey(topic.topic())) {
                continue;
            }
            try {
                if (mentions.getOrDefault(topic.topic(), 0) > 1) {
                    throw new Refusal(Errors.INVALID_REQUEST, "The topic is named more than once in this request");
                }
                List<MetadataFact> added = add(pending, topic, maxPartitionsPerRequest - facts.size());
                pending = pending.apply(added);
                facts.addAll(added);
                results.put(topic.topic(), new NewPartitionsResult(topic.topic(), Errors.NONE, null));
            } catch (Refusal refusal) {
                results.put(topic.topic(), new NewPartitionsResult(topic.topic(), refusal.error, refusal.getMessage()));
            }
        }
        return new Decision<>(validateOnly ? List.of() : facts, List.copyOf(results.values()));
    }

    private List<MetadataFact> add(MetadataImage image, NewPartitions wanted, int budget) throws Refusal {
        TopicImage topic = image.topic(wanted.topic());
        if (topic == null) {
            throw new Refusal(Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + wanted.topic() + "'");
        }
        if (FIXED.contains(topic.name())) {
            throw new Refusal(
                    Errors.INVALID_PARTITIONS,
                    "The number of partitions of " + topic.name() + " says where each group or transaction is at home:"
                            + " it stays as it was when the topic was created");
        }
        int present = topic.partitions().size();
        if (wanted.count() <= present) {
            throw new Refusal(
                    Errors.INVALID_PARTITIONS,
                    "The topic has " + present + (present == 1 ? " partition" : " partitions") + "; " + wanted.count()
                            + " would not be more, and partitions are never taken away");
        }
        int more = wanted.count() - present;
        if (more > budget) {
            throw new Refusal(
                    Errors.POLICY_VIOLATION,
                    "One request may create " + maxPartitionsPerRequest + " partitions; send several requests");
        }
        int factor = factor(topic);
        List<List<Integer>> placement = wanted.assignments().isEmpty()
                ? place(image, topic, more, factor)
                : assigned(image, present, more, factor, wanted.assignments());
        List<MetadataFact> facts = new ArrayList<>(more);
        for (int i = 0; i < more; i++) {
            facts.add(new PartitionCreated(topic.id(), present + i, NewReplicas.firstState(image, placement.get(i))));
        }
        return facts;
    }

    /** That of partition 0, as it will be when its reassignment, if there is one, has ended. */
    private static int factor(TopicImage topic) {
        PartitionState first = topic.partition(0);
        return first == null
                ? 1
                : minus(first.replicas(), first.removingReplicas()).size();
    }

    private static List<List<Integer>> place(MetadataImage image, TopicImage topic, int more, int factor)
            throws Refusal {
        int brokers = (int) image.brokers().keySet().stream()
                .filter(node -> !Cordon.isCordoned(image, node))
                .count();
        if (factor > brokers) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "A replication factor of " + factor + ", which the topic has, needs as many brokers; " + brokers
                            + " are registered" + (brokers < image.brokers().size() ? " and not cordoned" : ""));
        }
        if (image.brokers().values().stream()
                .noneMatch(broker -> broker.available() && !Cordon.isCordoned(image, broker.nodeId()))) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "All brokers are fenced, shutting down or cordoned; none can lead");
        }
        ReplicaPlacer placer = new ReplicaPlacer(image, topic.partitions());
        List<List<Integer>> placement = new ArrayList<>(more);
        for (int i = 0; i < more; i++) {
            placement.add(placer.next(factor));
        }
        return placement;
    }

    private static List<List<Integer>> assigned(
            MetadataImage image, int present, int more, int factor, List<List<Integer>> assignments) throws Refusal {
        if (assignments.size() != more) {
            throw new Refusal(
                    Errors.INVALID_REPLICA_ASSIGNMENT,
                    more + (more == 1 ? " partition is" : " partitions are") + " to be added, but replicas are assigned"
                            + " to " + assignments.size());
        }
        for (int i = 0; i < more; i++) {
            List<Integer> replicas = assignments.get(i);
            NewReplicas.check(image, present + i, replicas);
            if (replicas.size() != factor) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "The partitions of the topic have " + factor + (factor == 1 ? " replica" : " replicas")
                                + ", partition " + (present + i) + " is assigned to " + replicas.size());
            }
        }
        return assignments;
    }
}
