/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static io.klamm.metadata.controller.ReplicaSets.minus;
import static io.klamm.metadata.controller.ReplicaSets.union;

import io.klamm.metadata.fact.BrokerUnregistered;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Errors;

/**
 * Decides that a broker is gone for good (UnregisterBroker). As in Kafka it may hold replicas, which stay assigned to its node id. Whoever
 * registers under that id next may have an empty disk: nothing counts any more of what this one had in ISR, ELR or last known ISR. Where
 * nobody else would be left to vouch for the records, it is refused, which Kafka does not do.
 */
public final class BrokerRemover {
    private final PartitionElector elector;

    /** @param defaultMinIsr min.insync.replicas of the static configuration, -1 for the default */
    public BrokerRemover(int defaultMinIsr) {
        this.elector = new PartitionElector(defaultMinIsr);
    }

    /**
     * @param error NONE, BROKER_ID_NOT_REGISTERED, or INVALID_REQUEST when records would be lost
     * @param message in words, empty without an error
     */
    public record Reply(Errors error, String message) {}

    /** All in one decision: that it is gone, and who leads instead. */
    public Decision<Reply> unregister(MetadataImage image, int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null) {
            return Decision.replyOnly(
                    new Reply(Errors.BROKER_ID_NOT_REGISTERED, "Broker " + nodeId + " is not registered"));
        }
        List<MetadataFact> facts = new ArrayList<>();
        facts.add(new BrokerUnregistered(nodeId, broker.brokerEpoch()));
        if (Cordon.isCordoned(image, nodeId)) {
            // Whoever comes under this number next is not to be kept empty.
            facts.add(new ConfigChanged(ConfigResourceType.BROKER, Integer.toString(nodeId), Cordon.KEY, null));
        }
        MetadataImage after = image.apply(facts);
        Set<Integer> gone = Set.of(nodeId);
        int lost = 0;
        String example = "";
        for (PartitionId id : new TreeSet<>(image.partitionsOn(nodeId))) {
            TopicImage topic = image.topic(id.topicId());
            PartitionState state = image.partition(id);
            if (topic == null || state == null) {
                continue;
            }
            if (vouchesAlone(state, nodeId)) {
                lost++;
                example = topic.name() + "-" + id.partition();
                continue;
            }
            PartitionState without = state.changed(
                    minus(state.isr(), gone),
                    minus(state.elr(), gone),
                    minus(state.lastKnownIsr(), gone),
                    state.leader(),
                    state.leaderEpoch());
            PartitionState next = elector.next(after, topic.name(), without, Set.of());
            if (!next.equals(state)) {
                facts.add(new PartitionChanged(id.topicId(), id.partition(), next));
            }
        }
        if (lost > 0) {
            return Decision.replyOnly(new Reply(
                    Errors.INVALID_REQUEST,
                    "Without broker " + nodeId + " nobody is left who surely has the records of " + lost
                            + (lost == 1 ? " partition, " : " partitions, ") + example
                            + " among them: start it again and move its replicas away, or delete the topics"));
        }
        return new Decision<>(facts, new Reply(Errors.NONE, ""));
    }

    /** Any member of ISR or ELR has what was acknowledged; the last known ISR only all together. */
    private static boolean vouchesAlone(PartitionState state, int nodeId) {
        List<Integer> sure = union(state.isr(), state.elr());
        return sure.isEmpty() ? state.lastKnownIsr().contains(nodeId) : sure.equals(List.of(nodeId));
    }
}
