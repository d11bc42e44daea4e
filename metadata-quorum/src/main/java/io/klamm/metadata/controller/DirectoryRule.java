/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Decides what follows when brokers tell in which log dirs their replicas are (KIP-858): the partition's state names the dir, under
 * the next partition epoch, and a replica whose dir is not online leaves the ISR and the lead.
 *
 * <p>A replica whose last known dir is not online any more and which is somewhere else now was created anew, empty: the log it had
 * was not moved by anybody. Like a broker after an unclean stop it leaves ISR and ELR, however lonely it is there, and the last known
 * ISR decides who leads.
 */
final class DirectoryRule {
    private final PartitionElector elector;

    DirectoryRule(PartitionElector elector) {
        this.elector = elector;
    }

    /**
     * @param error NONE or STALE_BROKER_EPOCH, which stands for all
     * @param results one for each assignment, in order; empty with an error
     */
    record Answer(Errors error, List<DirectoryAssignmentResult> results) {}

    /** Each assignment stands for itself; one that says what is known already changes nothing. */
    Decision<Answer> assign(MetadataImage image, int nodeId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null || broker.brokerEpoch() != brokerEpoch) {
            return Decision.replyOnly(new Answer(Errors.STALE_BROKER_EPOCH, List.of()));
        }
        List<MetadataFact> facts = new ArrayList<>();
        List<DirectoryAssignmentResult> results = new ArrayList<>(assignments.size());
        MetadataImage pending = image;
        for (DirectoryAssignment assignment : assignments) {
            PartitionId id = assignment.id();
            TopicImage topic = pending.topic(id.topicId());
            PartitionState state = pending.partition(id);
            Errors error = check(topic, state, nodeId);
            results.add(new DirectoryAssignmentResult(assignment, error));
            if (error != Errors.NONE || topic == null || state == null) {
                continue;
            }
            Uuid before = state.directory(nodeId);
            if (!before.equals(assignment.directory())) {
                boolean intact = broker.hasOnline(before) || !broker.hasOnline(assignment.directory());
                PartitionState next =
                        elector.assign(pending, topic.name(), state, nodeId, assignment.directory(), intact);
                List<MetadataFact> changed = List.of(new PartitionChanged(id.topicId(), id.partition(), next));
                facts.addAll(changed);
                pending = pending.apply(changed);
            }
        }
        return new Decision<>(facts, new Answer(Errors.NONE, results));
    }

    private static Errors check(@Nullable TopicImage topic, @Nullable PartitionState state, int nodeId) {
        if (topic == null) {
            return Errors.UNKNOWN_TOPIC_ID;
        }
        if (state == null) {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return state.replicas().contains(nodeId) ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER;
    }
}
