/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Decides requests to reassign partitions (KIP-455). Each stands for itself; what is refused changes nothing. Fenced brokers
 * and cordoned ones (KIP-1066) get no replica that they do not have. One that is fenced later keeps what it was given: the
 * reassignment is complete when it is back and has caught up.
 */
public final class PartitionReassigner {
    private final Reassignment reassignment;

    /** @param defaultMinIsr min.insync.replicas of the static configuration, -1 for the default */
    public PartitionReassigner(int defaultMinIsr) {
        this.reassignment = new Reassignment(defaultMinIsr);
    }

    /**
     * One result for each request, in order.
     *
     * @param allowReplicationFactorChange whether a partition may get another number of replicas than it has, or is on its way to
     */
    public Decision<List<ReassignmentResult>> reassign(
            MetadataImage image, List<ReassignmentRequest> requests, boolean allowReplicationFactorChange) {
        List<MetadataFact> facts = new ArrayList<>();
        List<ReassignmentResult> results = new ArrayList<>(requests.size());
        MetadataImage pending = image;
        for (ReassignmentRequest request : requests) {
            try {
                TopicImage topic = pending.topic(request.topic());
                PartitionState state = topic == null ? null : topic.partition(request.partition());
                if (topic == null || state == null) {
                    throw new Refusal(
                            Errors.UNKNOWN_TOPIC_OR_PARTITION,
                            "There is no partition " + request.topic() + "-" + request.partition());
                }
                PartitionState next = next(pending, topic, state, request, allowReplicationFactorChange);
                if (!next.equals(state)) {
                    List<MetadataFact> changed = List.of(new PartitionChanged(topic.id(), request.partition(), next));
                    facts.addAll(changed);
                    pending = pending.apply(changed);
                }
                results.add(new ReassignmentResult(request, Errors.NONE, null));
            } catch (Refusal refusal) {
                results.add(new ReassignmentResult(request, refusal.error, refusal.getMessage()));
            }
        }
        return new Decision<>(facts, results);
    }

    /** Partitions on their way to other replicas. */
    public static List<PartitionId> underWay(MetadataImage image) {
        List<PartitionId> partitions = new ArrayList<>();
        image.topics().values().forEach(topic -> {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                PartitionState state = topic.partition(partition);
                if (state != null && state.reassigning()) {
                    partitions.add(new PartitionId(topic.id(), partition));
                }
            }
        });
        return partitions;
    }

    private PartitionState next(
            MetadataImage image,
            TopicImage topic,
            PartitionState state,
            ReassignmentRequest request,
            boolean allowReplicationFactorChange)
            throws Refusal {
        List<Integer> target = request.target();
        String name = request.topic() + "-" + request.partition();
        if (target == null) {
            if (!state.reassigning()) {
                throw new Refusal(Errors.NO_REASSIGNMENT_IN_PROGRESS, "No reassignment of " + name + " is under way");
            }
            return Optional.ofNullable(reassignment.cancelled(image, topic.name(), state))
                    .orElseThrow(() -> new Refusal(
                            Errors.INVALID_REPLICA_ASSIGNMENT,
                            "The reassignment of " + name + " cannot be given up: without " + state.addingReplicas()
                                    + " nobody is left who surely has all records"));
        }
        check(image, state, name, target, allowReplicationFactorChange);
        return reassignment.begun(image, topic.name(), state, target);
    }

    private static void check(
            MetadataImage image,
            PartitionState state,
            String name,
            List<Integer> target,
            boolean allowReplicationFactorChange)
            throws Refusal {
        if (target.isEmpty()) {
            throw new Refusal(Errors.INVALID_REPLICA_ASSIGNMENT, name + " is assigned to no broker");
        }
        if (new HashSet<>(target).size() < target.size()) {
            throw new Refusal(
                    Errors.INVALID_REPLICA_ASSIGNMENT, name + " is assigned to the same broker twice: " + target);
        }
        for (Integer node : target) {
            String obstacle = obstacle(image, node, state.replicas().contains(node));
            if (obstacle != null) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        name + " is assigned to broker " + node + ", which is " + obstacle);
            }
        }
        int before = state.targetReplicas().size();
        if (!allowReplicationFactorChange && target.size() != before) {
            throw new Refusal(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The replication factor of " + name + " would change from " + before + " to " + target.size());
        }
    }

    private static @Nullable String obstacle(MetadataImage image, int node, boolean isReplica) {
        BrokerImage broker = image.broker(node);
        if (broker == null) {
            return "not registered";
        }
        if (isReplica) {
            return null;
        }
        if (broker.fenced()) {
            return "fenced: start it first, or name another one";
        }
        return Cordon.isCordoned(image, node) ? "cordoned" : null;
    }

    private static final class Refusal extends Exception {
        final transient Errors error;

        Refusal(Errors error, String message) {
            super(message, null, false, false);
            this.error = error;
        }
    }
}
