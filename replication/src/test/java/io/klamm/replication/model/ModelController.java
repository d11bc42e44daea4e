/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.IsrChangeSender.Member;
import io.klamm.replication.partition.IsrChangeSender.Proposal;
import io.klamm.replication.partition.IsrChangeSender.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/**
 * The quorum as one linearizable state: decisions take effect at once, in order. A fenced broker leaves the ISR unless it is the last
 * member; leaders come from the ISR only.
 */
public final class ModelController {
    private final Runnable changed;
    private MetadataImage image = MetadataImage.EMPTY;

    /** @param changed told after every new image */
    public ModelController(Runnable changed) {
        this.changed = changed;
    }

    public MetadataImage image() {
        return image;
    }

    public void create(PartitionId id, String topic, PartitionState state) {
        update(now -> Images.created(now, id, topic, state));
    }

    /** A new process registers: the one before it is gone. */
    public void register(int nodeId, Uuid incarnationId) {
        if (image.broker(nodeId) != null) {
            fence(nodeId);
        }
        update(now -> Images.registered(now, nodeId, incarnationId));
    }

    public void fence(int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null || broker.fenced()) {
            return;
        }
        update(now -> Images.fenced(now, nodeId));
        for (PartitionId id : partitions()) {
            PartitionState state = image.partition(id);
            List<Integer> isr = new ArrayList<>(state.isr());
            if (isr.size() > 1 && isr.contains(nodeId)) {
                isr.remove(Integer.valueOf(nodeId));
            }
            if (!isr.equals(state.isr()) || state.leader() == nodeId) {
                elect(id, state, isr, state.leader() == nodeId);
            }
        }
    }

    public void unfence(int nodeId, long brokerEpoch) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null || !broker.fenced() || broker.brokerEpoch() != brokerEpoch) {
            return;
        }
        update(now -> Images.unfenced(now, nodeId));
        for (PartitionId id : partitions()) {
            PartitionState state = image.partition(id);
            if (!state.hasLeader()) {
                elect(id, state, state.isr(), true);
            }
        }
    }

    /** A new epoch under the same leader, as after an unclean restart of a follower. */
    public void bump(PartitionId id) {
        PartitionState state = image.partition(id);
        if (state.hasLeader()) {
            put(id, state.isr(), state.leader(), state.leaderEpoch() + 1);
        }
    }

    /** Moves the leadership to another member of the ISR. */
    public void move(PartitionId id, int nodeId) {
        PartitionState state = image.partition(id);
        if (state.isr().contains(nodeId) && image.broker(nodeId).available() && state.leader() != nodeId) {
            put(id, state.isr(), nodeId, state.leaderEpoch() + 1);
        }
    }

    public Reply changeIsr(int sender, Proposal proposal) {
        PartitionState state = image.partition(proposal.id());
        if (state == null) {
            return new Reply(Errors.UNKNOWN_TOPIC_ID, null);
        }
        if (state.leader() != sender || state.leaderEpoch() != proposal.leaderEpoch()) {
            return new Reply(Errors.FENCED_LEADER_EPOCH, null);
        }
        if (state.partitionEpoch() != proposal.partitionEpoch()) {
            return new Reply(Errors.INVALID_UPDATE_VERSION, null);
        }
        for (Member member : proposal.isr()) {
            BrokerImage broker = image.broker(member.nodeId());
            if (broker == null
                    || !broker.available()
                    || (member.brokerEpoch() != -1 && member.brokerEpoch() != broker.brokerEpoch())) {
                return new Reply(Errors.INELIGIBLE_REPLICA, null);
            }
        }
        List<Integer> isr = proposal.isr().stream().map(Member::nodeId).toList();
        if (!isr.equals(state.isr())) {
            put(proposal.id(), isr, state.leader(), state.leaderEpoch());
        }
        return new Reply(Errors.NONE, image.partition(proposal.id()));
    }

    public List<PartitionId> partitions() {
        TreeSet<PartitionId> ids = new TreeSet<>();
        for (TopicImage topic : image.topics().values()) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                ids.add(new PartitionId(topic.id(), i));
            }
        }
        return List.copyOf(ids);
    }

    private void elect(PartitionId id, PartitionState state, List<Integer> isr, boolean newLeader) {
        int leader = state.leader();
        if (newLeader) {
            leader = isr.stream()
                    .filter(member -> image.broker(member).available())
                    .findFirst()
                    .orElse(PartitionState.NO_LEADER);
        }
        put(id, isr, leader, newLeader ? state.leaderEpoch() + 1 : state.leaderEpoch());
    }

    private void put(PartitionId id, List<Integer> isr, int leader, int leaderEpoch) {
        PartitionState state = image.partition(id);
        PartitionState next = Images.state(state.replicas(), isr, leader, leaderEpoch, state.partitionEpoch() + 1);
        update(now -> Images.changed(now, id, next));
    }

    private void update(UnaryOperator<MetadataImage> step) {
        image = step.apply(image);
        changed.run();
    }
}
