/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of the classic protocol. With an eager assignor it gives everything up before it joins; with a cooperative one what it is
 * told to, after it has learned its part, and then it joins again.
 */
final class ClassicClientModel extends ClientModel {
    private static final short SUBSCRIPTION_VERSION = 3;
    private static final int NO_GENERATION = -1;

    private final boolean cooperative;
    private boolean mustJoin = true;

    private @Nullable CompletableFuture<JoinGroupResponseData> join;
    private @Nullable CompletableFuture<SyncGroupResponseData> sync;

    ClassicClientModel(World world, boolean cooperative, @Nullable String instanceId) {
        super(world, "", instanceId);
        this.cooperative = cooperative;
        this.epoch = NO_GENERATION;
    }

    @Override
    void hangUp() {
        mustJoin |= join != null || sync != null;
        join = null;
        sync = null;
    }

    @Override
    void rejoin() {
        mustJoin = true;
    }

    @Override
    void act() {
        if (join != null) {
            if (join.isDone()) {
                JoinGroupResponseData answer = join.join();
                join = null;
                joined(answer);
            }
        } else if (sync != null) {
            if (sync.isDone()) {
                SyncGroupResponseData answer = sync.join();
                sync = null;
                synced(answer);
            }
        } else if (mustJoin) {
            if (!cooperative) {
                owned = PartitionSet.EMPTY;
            }
            join = world.shard().join(request());
        } else if (!world.shard().holdReplies) {
            failed(world.shard().heartbeat(GROUP, memberId, instanceId, epoch));
        }
    }

    private String assignor() {
        return cooperative ? "cooperative-sticky" : "range";
    }

    private JoinGroupRequestData request() {
        ConsumerProtocolSubscription said =
                new ConsumerProtocolSubscription().setTopics(List.of(TOPIC)).setGenerationId(epoch);
        if (!owned.isEmpty()) {
            said.ownedPartitions()
                    .add(new ConsumerProtocolSubscription.TopicPartition()
                            .setTopic(TOPIC)
                            .setPartitions(owned.partitions(world.topic())));
        }
        ByteBuffer bytes = MessageUtil.toVersionPrefixedByteBuffer(SUBSCRIPTION_VERSION, said);
        byte[] metadata = new byte[bytes.remaining()];
        bytes.get(metadata);
        JoinGroupRequestData request = VirtualShard.joining(GROUP, memberId).setGroupInstanceId(instanceId);
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName(assignor()).setMetadata(metadata));
        return request;
    }

    private void joined(JoinGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error == Errors.MEMBER_ID_REQUIRED) {
            memberId = answer.memberId();
            return;
        }
        if (error != Errors.NONE) {
            failed(error);
            return;
        }
        memberId = answer.memberId();
        epoch = answer.generationId();
        mustJoin = false;
        boolean leads = answer.leader().equals(memberId) && !answer.skipAssignment();
        sync = world.shard().sync(GROUP, answer, instanceId, leads ? assign(answer.members()) : List.of());
    }

    private void synced(SyncGroupResponseData answer) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error != Errors.NONE) {
            mustJoin = true;
            failed(error);
            return;
        }
        PartitionSet part =
                Objects.requireNonNull(EmbeddedProtocol.assigned(answer.assignment(), world.shard().topics));
        mustJoin = cooperative && !part.containsAll(owned); // so that somebody else may have what it has given up
        owned = part;
        world.told(this, owned);
    }

    private void failed(Errors error) {
        switch (error) {
            case NONE -> {
                // it is in
            }
            case UNKNOWN_MEMBER_ID -> {
                forget();
                memberId = "";
            }
            case ILLEGAL_GENERATION -> forget();
            case FENCED_INSTANCE_ID -> world.fenced(this);
            case REBALANCE_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, GROUP_MAX_SIZE_REACHED -> mustJoin = true;
            default -> throw new AssertionError(this + " was told " + error);
        }
    }

    private void forget() {
        epoch = NO_GENERATION;
        owned = PartitionSet.EMPTY;
        mustJoin = true;
    }

    @Override
    void leave() {
        if (!memberId.isEmpty()) {
            world.shard()
                    .leave(new LeaveGroupRequestData()
                            .setGroupId(GROUP)
                            .setMembers(List.of(
                                    new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId))));
        }
    }

    // ---- as the leader

    /**
     * Everybody keeps what it owns, up to an even part; the rest goes to those who have least. With a cooperative assignor nobody gets what
     * another one still owns.
     */
    private List<SyncGroupRequestAssignment> assign(List<JoinGroupResponseMember> members) {
        Map<Integer, String> owners = owners(members);
        Map<String, List<Integer>> parts = new TreeMap<>();
        members.forEach(member -> parts.put(member.memberId(), new ArrayList<>()));
        int even = (PARTITIONS + members.size() - 1) / members.size();
        List<Integer> free = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String owner = owners.get(partition);
            List<Integer> owned = owner == null ? null : parts.get(owner);
            if (owned != null && owned.size() < even) {
                owned.add(partition);
            } else if (owner == null || !cooperative) {
                free.add(partition);
            }
        }
        for (int partition : free) {
            parts.values().stream()
                    .min((one, other) -> Integer.compare(one.size(), other.size()))
                    .orElseThrow()
                    .add(partition);
        }
        List<SyncGroupRequestAssignment> all = new ArrayList<>();
        parts.forEach((member, partitions) -> {
            PartitionSet.Builder part = PartitionSet.builder().addAll(world.topic(), partitions);
            all.add(new SyncGroupRequestAssignment()
                    .setMemberId(member)
                    .setAssignment(
                            EmbeddedProtocol.assignment(SUBSCRIPTION_VERSION, part.build(), world.shard().topics)));
        });
        return all;
    }

    /** By partition; of two who say that it is theirs, the one of the newer generation is right. */
    private static Map<Integer, String> owners(List<JoinGroupResponseMember> members) {
        Map<Integer, String> owners = new TreeMap<>();
        Map<Integer, Integer> since = new TreeMap<>();
        for (JoinGroupResponseMember member : members) {
            ByteBuffer bytes = ByteBuffer.wrap(member.metadata());
            short version = bytes.getShort();
            ConsumerProtocolSubscription said =
                    new ConsumerProtocolSubscription(new ByteBufferAccessor(bytes), version);
            said.ownedPartitions().forEach(row -> row.partitions().forEach(partition -> {
                if (since.getOrDefault(partition, Integer.MIN_VALUE) < said.generationId()) {
                    owners.put(partition, member.memberId());
                    since.put(partition, said.generationId());
                }
            }));
        }
        return owners;
    }
}
