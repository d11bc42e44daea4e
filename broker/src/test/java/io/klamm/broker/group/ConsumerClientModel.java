/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** A consumer of the consumer protocol: every heartbeat says all; it takes at once and gives up sooner or later. */
final class ConsumerClientModel extends ClientModel {
    private static final int REBALANCE_MS = 20_000;
    private static final int LEAVE = -1;
    private static final int LEAVE_FOR_A_WHILE = -2;

    private PartitionSet assignment = PartitionSet.EMPTY;
    private @Nullable CompletableFuture<ConsumerGroupHeartbeatResponseData> asked;

    ConsumerClientModel(World world, String memberId, @Nullable String instanceId) {
        super(world, memberId, instanceId);
    }

    @Override
    void hangUp() {
        asked = null;
    }

    @Override
    void rejoin() {
        // the coordinator knows when
    }

    @Override
    void act() {
        if (asked != null) {
            if (asked.isDone()) {
                ConsumerGroupHeartbeatResponseData answer = asked.join();
                asked = null;
                answered(answer);
            }
            return;
        }
        if (world.random().nextBoolean()) {
            owned = owned.intersect(assignment);
        }
        asked = world.shard().ask(request(epoch), 1);
    }

    private ConsumerGroupHeartbeatRequestData request(int memberEpoch) {
        List<TopicPartitions> rows = new ArrayList<>();
        if (memberEpoch > 0) {
            owned.topics()
                    .forEach(id -> rows.add(new TopicPartitions().setTopicId(id).setPartitions(owned.partitions(id))));
        }
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(memberEpoch)
                .setInstanceId(instanceId)
                .setRebalanceTimeoutMs(REBALANCE_MS)
                .setSubscribedTopicNames(List.of(TOPIC))
                .setTopicPartitions(rows);
    }

    private void answered(ConsumerGroupHeartbeatResponseData answer) {
        switch (Errors.forCode(answer.errorCode())) {
            case NONE -> {
                assertThat(answer.memberEpoch()).as("next epoch of %s", this).isGreaterThanOrEqualTo(epoch);
                epoch = answer.memberEpoch();
                if (answer.assignment() != null) {
                    PartitionSet.Builder assigned = PartitionSet.builder();
                    answer.assignment()
                            .topicPartitions()
                            .forEach(row -> assigned.addAll(row.topicId(), row.partitions()));
                    assignment = assigned.build();
                }
                owned = owned.plus(assignment);
                world.told(this, assignment);
            }
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID -> {
                epoch = 0;
                assignment = PartitionSet.EMPTY;
                owned = PartitionSet.EMPTY;
            }
            case FENCED_INSTANCE_ID, UNRELEASED_INSTANCE_ID -> world.fenced(this);
            case COORDINATOR_NOT_AVAILABLE, GROUP_MAX_SIZE_REACHED -> {
                // the same again
            }
            default -> throw new AssertionError(this + " was told " + answer);
        }
    }

    @Override
    void leave() {
        if (epoch > 0) {
            boolean forAWhile = instanceId != null && world.random().nextBoolean();
            world.shard().heartbeat(request(forAWhile ? LEAVE_FOR_A_WHILE : LEAVE));
        }
    }
}
