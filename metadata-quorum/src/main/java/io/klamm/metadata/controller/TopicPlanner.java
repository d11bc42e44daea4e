/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Decides the creation of topics: checks what is asked for and places the replicas. */
final class TopicPlanner {
    private static final short DEFAULT_FACTOR_LIMIT = 3;

    private final ControllerConfig config;
    private final Function<Map<String, String>, @Nullable String> configCheck;

    /** @param configCheck null for valid configs, else what is wrong */
    TopicPlanner(ControllerConfig config, Function<Map<String, String>, @Nullable String> configCheck) {
        this.config = config;
        this.configCheck = configCheck;
    }

    /**
     * Decides all topics of one request; each stands for itself.
     *
     * @param ids an id for each topic, in the order of {@code topics}
     * @param validateOnly check everything, decide nothing
     * @return one result for each name, in the order of first mention
     */
    Decision<List<NewTopicResult>> plan(
            MetadataImage image, List<NewTopic> topics, List<Uuid> ids, boolean validateOnly) {
        Map<String, Integer> mentions = new HashMap<>();
        topics.forEach(topic -> mentions.merge(topic.name(), 1, Integer::sum));
        Map<String, NewTopicResult> results = new LinkedHashMap<>();
        List<MetadataFact> facts = new ArrayList<>();
        MetadataImage pending = image;
        int budget = config.maxPartitionsPerRequest();
        for (int i = 0; i < topics.size(); i++) {
            NewTopic topic = topics.get(i);
            if (results.containsKey(topic.name())) {
                continue;
            }
            try {
                if (mentions.getOrDefault(topic.name(), 0) > 1) {
                    throw new Refusal(Errors.INVALID_REQUEST, "The topic is named more than once in this request");
                }
                List<MetadataFact> created = create(pending, topic, ids.get(i), budget);
                pending = pending.apply(created);
                int partitions = partitions(created);
                budget -= partitions;
                facts.addAll(created);
                results.put(topic.name(), created(topic, validateOnly ? Uuid.ZERO_UUID : ids.get(i), created));
            } catch (Refusal refusal) {
                results.put(topic.name(), refused(topic.name(), refusal.error, refusal.getMessage()));
            }
        }
        return new Decision<>(validateOnly ? List.of() : facts, List.copyOf(results.values()));
    }

    static NewTopicResult refused(String name, Errors error, @Nullable String message) {
        return new NewTopicResult(name, error, message, Uuid.ZERO_UUID, -1, (short) -1);
    }

    private static NewTopicResult created(NewTopic topic, Uuid id, List<MetadataFact> facts) {
        short factor = facts.stream()
                .filter(PartitionCreated.class::isInstance)
                .map(fact ->
                        (short) ((PartitionCreated) fact).state().replicas().size())
                .findFirst()
                .orElse((short) -1);
        return new NewTopicResult(topic.name(), Errors.NONE, null, id, partitions(facts), factor);
    }

    private static int partitions(List<MetadataFact> facts) {
        return (int) facts.stream().filter(PartitionCreated.class::isInstance).count();
    }

    private List<MetadataFact> create(MetadataImage image, NewTopic topic, Uuid id, int budget) throws Refusal {
        checkName(image, topic.name());
        List<List<Integer>> placement =
                topic.assignments().isEmpty() ? place(image, topic, budget) : assigned(image, topic, budget);
        String wrong = configCheck.apply(topic.configs());
        if (wrong != null) {
            throw new Refusal(Errors.INVALID_CONFIG, wrong);
        }
        List<MetadataFact> facts = new ArrayList<>();
        facts.add(new TopicCreated(id, topic.name()));
        for (int partition = 0; partition < placement.size(); partition++) {
            facts.add(new PartitionCreated(id, partition, NewReplicas.firstState(image, placement.get(partition))));
        }
        new TreeMap<>(topic.configs())
                .forEach((key, value) ->
                        facts.add(new ConfigChanged(ConfigResourceType.TOPIC, topic.name(), key, value)));
        return facts;
    }

    private static void checkName(MetadataImage image, String name) throws Refusal {
        String wrong = TopicNames.validate(name);
        if (wrong != null) {
            throw new Refusal(Errors.INVALID_TOPIC_EXCEPTION, wrong);
        }
        if (image.topicIds().containsKey(name)) {
            throw new Refusal(Errors.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        String other = TopicNames.collision(image, name);
        if (other != null) {
            throw new Refusal(
                    Errors.INVALID_TOPIC_EXCEPTION,
                    "Topic '" + name + "' collides with '" + other
                            + "': '.' and '_' are the same in metric names, use one of them throughout");
        }
    }

    private List<List<Integer>> place(MetadataImage image, NewTopic topic, int budget) throws Refusal {
        int partitions = topic.partitions() == -1 ? config.defaultPartitions() : topic.partitions();
        if (partitions <= 0) {
            throw new Refusal(
                    Errors.INVALID_PARTITIONS,
                    "The number of partitions must be larger than 0, or -1 for the" + " default of "
                            + config.defaultPartitions());
        }
        checkBudget(partitions, budget);
        int brokers = (int) image.brokers().keySet().stream()
                .filter(node -> !Cordon.isCordoned(image, node))
                .count();
        int factor = topic.replicationFactor() == -1 ? defaultFactor(brokers) : topic.replicationFactor();
        if (topic.replicationFactor() < -1 || topic.replicationFactor() == 0) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The replication factor must be larger than 0, or -1 for the default");
        }
        if (factor > brokers || factor <= 0) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "A replication factor of " + factor + " needs as many brokers; " + brokers + " are registered"
                            + (brokers < image.brokers().size() ? " and not cordoned" : ""));
        }
        if (image.brokers().values().stream()
                .noneMatch(broker -> broker.available() && !Cordon.isCordoned(image, broker.nodeId()))) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "All brokers are fenced, shutting down or cordoned; none can lead");
        }
        ReplicaPlacer placer = new ReplicaPlacer(image);
        List<List<Integer>> placement = new ArrayList<>(partitions);
        for (int i = 0; i < partitions; i++) {
            placement.add(placer.next(factor));
        }
        return placement;
    }

    private int defaultFactor(int brokers) {
        return config.defaultReplicationFactor() == -1
                ? Math.min(DEFAULT_FACTOR_LIMIT, brokers)
                : config.defaultReplicationFactor();
    }

    private List<List<Integer>> assigned(MetadataImage image, NewTopic topic, int budget) throws Refusal {
        if (topic.partitions() != -1 || topic.replicationFactor() != -1) {
            throw new Refusal(
                    Errors.INVALID_REQUEST,
                    "With a manual assignment the number of partitions and the replication factor must be -1");
        }
        int partitions = topic.assignments().size();
        checkBudget(partitions, budget);
        List<List<Integer>> placement = new ArrayList<>(partitions);
        for (int partition = 0; partition < partitions; partition++) {
            List<Integer> replicas = topic.assignments().get(partition);
            if (replicas == null) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "The partitions of a manual assignment are numbered from 0 without a gap; " + partition
                                + " is missing");
            }
            NewReplicas.check(image, partition, replicas);
            if (replicas.size()
                    != placement.stream().findFirst().orElse(replicas).size()) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "All partitions must have the same number of replicas; partition " + partition + " has "
                                + replicas.size());
            }
            placement.add(replicas);
        }
        return placement;
    }

    private void checkBudget(int partitions, int budget) throws Refusal {
        int most = config.maxPartitionsPerRequest();
        if (partitions > most) {
            throw new Refusal(
                    Errors.INVALID_PARTITIONS,
                    partitions + " partitions are more than one request may create, which is " + most);
        }
        if (partitions > budget) {
            throw new Refusal(
                    Errors.POLICY_VIOLATION,
                    "The topics of this request have more than " + most
                            + " partitions together; send several requests");
        }
    }
}
