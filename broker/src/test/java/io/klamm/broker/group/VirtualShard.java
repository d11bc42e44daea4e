/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.ServerAssignors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The state machines of a shard on virtual time, with a log in memory that goes through the codec. */
final class VirtualShard implements GroupPorts {
    static final GroupConfig CONFIG = config(MigrationPolicy.BIDIRECTIONAL);

    private record Timer(long atMs, long number, Runnable task, AtomicBoolean cancelled) {}

    /** A record as it is on disk. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stored(byte[] key, byte @Nullable [] value, long timestampMs) {}

    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atMs).thenComparingLong(Timer::number));
    private final List<Runnable> held = new ArrayList<>();
    private long timerNumber;
    private int memberNumber;
    private int committed;
    private final List<Integer> appendEnds = new ArrayList<>();
    long nowMs = 1_000_000;

    /** What the log answers to the next appends. */
    Errors appendError = Errors.NONE;

    /** So many appends go well, then none. */
    int appendsUntilError = Integer.MAX_VALUE;

    /** Answers wait, as when replicas do not follow. */
    boolean holdReplies;

    final List<Stored> log;
    final VirtualTopics topics;
    final Groups groups;
    final OffsetRequests offsets;
    private final GroupShard.State state;
    private final ClassicRequests classic;
    private final MigrationPolicy migration;

    VirtualShard() {
        this(MigrationPolicy.BIDIRECTIONAL);
    }

    VirtualShard(MigrationPolicy migration) {
        this(migration, new VirtualTopics(), List.of(), 1_000_000);
    }

    private VirtualShard(MigrationPolicy migration, VirtualTopics topics, List<Stored> log, long nowMs) {
        this.migration = migration;
        this.topics = topics;
        this.state = GroupShard.State.of(this, config(migration), ServerAssignors.all(), () -> topics);
        this.groups = state.groups();
        this.offsets = state.offsets();
        this.classic = state.classic();
        this.log = new ArrayList<>(log);
        this.committed = log.size();
        this.nowMs = nowMs;
        for (Stored record : log) {
            GroupRecord decoded = GroupRecordCodec.decode(
                    ByteBuffer.wrap(record.key()),
                    record.value() == null ? null : ByteBuffer.wrap(record.value()),
                    record.timestampMs());
            if (decoded != null) {
                groups.replay(decoded);
            }
        }
        state.restored();
    }

    private static GroupConfig config(MigrationPolicy migration) {
        return new GroupConfig(
                new GroupConfig.Classic(6_000, 1_800_000, 500, 100),
                new GroupConfig.Consumer(45_000, 5_000, 10, 600_000, migration, List.of("uniform", "range")),
                16,
                3_600_000,
                5_000);
    }

    /** The next coordinator, which knows what the log says. */
    VirtualShard successor() {
        return successor(log.size());
    }

    /** The next coordinator, after the log was cut to so many records: what no answer has told may be lost. */
    VirtualShard successor(int records) {
        VirtualShard next = new VirtualShard(migration, topics, log.subList(0, records), nowMs);
        next.memberNumber = memberNumber + 1000;
        return next;
    }

    @Override
    public long nowMs() {
        return nowMs;
    }

    @Override
    public long monotonicMs() {
        return nowMs;
    }

    @Override
    public Errors append(List<GroupRecord> records) {
        if (appendsUntilError <= 0) {
            return Errors.COORDINATOR_NOT_AVAILABLE;
        }
        appendsUntilError--;
        if (appendError == Errors.NONE) {
            records.forEach(
                    record -> log.add(new Stored(GroupRecordCodec.key(record), GroupRecordCodec.value(record), nowMs)));
            appendEnds.add(log.size());
        }
        return appendError;
    }

    @Override
    public <T> void reply(CompletableFuture<T> reply, T answer) {
        if (holdReplies) {
            held.add(() -> reply.complete(answer));
        } else {
            committed = log.size();
            reply.complete(answer);
        }
    }

    void releaseReplies() {
        holdReplies = false;
        committed = log.size();
        List.copyOf(held).forEach(Runnable::run);
        held.clear();
    }

    @Override
    public Runnable schedule(long delayMs, Runnable task) {
        AtomicBoolean cancelled = new AtomicBoolean();
        timers.add(new Timer(nowMs + delayMs, timerNumber++, task, cancelled));
        return () -> cancelled.set(true);
    }

    @Override
    public <T> void compute(Supplier<T> work, Consumer<@Nullable T> then) {
        schedule(1, () -> then.accept(work.get()));
    }

    @Override
    public String newMemberId(String prefix) {
        return prefix + "-" + memberNumber++;
    }

    /** How many records the answers given so far may have told of: the log is never cut below. */
    int committed() {
        return committed;
    }

    /** Where the log may be cut: behind what was committed, between two appends. */
    List<Integer> cuts() {
        List<Integer> cuts = new ArrayList<>(List.of(committed));
        appendEnds.stream().filter(end -> end > committed).forEach(cuts::add);
        return cuts;
    }

    /** The classic group of this id, made when it is missing. */
    ClassicGroup classic(String group) {
        return groups.getOrCreate(group).classic();
    }

    /** The consumer group of this id, which must exist. */
    ConsumerGroup consumer(String group) {
        Group entry = groups.group(group);
        return Objects.requireNonNull(entry == null ? null : entry.consumer());
    }

    ConsumerGroupHeartbeatResponseData heartbeat(ConsumerGroupHeartbeatRequestData request) {
        return heartbeat(request, 1);
    }

    ConsumerGroupHeartbeatResponseData heartbeat(ConsumerGroupHeartbeatRequestData request, int version) {
        return ask(request, version).join();
    }

    CompletableFuture<ConsumerGroupHeartbeatResponseData> ask(ConsumerGroupHeartbeatRequestData request, int version) {
        CompletableFuture<ConsumerGroupHeartbeatResponseData> reply = new CompletableFuture<>();
        state.consumer().heartbeat(new GroupClient("client", "/host", (short) version), request, reply);
        return reply;
    }

    DescribedGroup describe(String group) {
        return ConsumerGroupViews.describe(groups, state.consumerRebalance(), group, topics);
    }

    /** The topics have changed, and the coordinator hears of it. */
    void topicsChanged(String... names) {
        new TopicChanges(Set.of(names), false).tell(groups);
    }

    /** Lets time pass, and what is due happen. */
    void advance(long ms) {
        long end = nowMs + ms;
        while (!timers.isEmpty() && timers.element().atMs() <= end) {
            Timer next = timers.remove();
            nowMs = Math.max(nowMs, next.atMs());
            if (!next.cancelled().get()) {
                next.task().run();
            }
        }
        nowMs = end;
    }

    // ---- requests, with what most tests want

    static JoinGroupRequestData joining(String group, String memberId, String... protocols) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
        for (String protocol : protocols) {
            request.protocols()
                    .add(new JoinGroupRequestProtocol().setName(protocol).setMetadata(new byte[] {1}));
        }
        return request;
    }

    CompletableFuture<JoinGroupResponseData> join(JoinGroupRequestData request) {
        return join(request, 9);
    }

    CompletableFuture<JoinGroupResponseData> join(JoinGroupRequestData request, int version) {
        CompletableFuture<JoinGroupResponseData> reply = new CompletableFuture<>();
        classic.join(new GroupClient("client", "/host", (short) version), request, reply);
        return reply;
    }

    /** A dynamic member as newer clients are: it is given an id first. */
    CompletableFuture<JoinGroupResponseData> joinNew(String group, String... protocols) {
        String id = join(joining(group, "", protocols)).join().memberId();
        return join(joining(group, id, protocols));
    }

    CompletableFuture<SyncGroupResponseData> sync(
            String group, JoinGroupResponseData joined, List<SyncGroupRequestAssignment> assignments) {
        return sync(group, joined, null, assignments);
    }

    CompletableFuture<SyncGroupResponseData> sync(
            String group,
            JoinGroupResponseData joined,
            @Nullable String instanceId,
            List<SyncGroupRequestAssignment> assignments) {
        CompletableFuture<SyncGroupResponseData> reply = new CompletableFuture<>();
        classic.sync(
                new GroupClient("client", "/host", (short) 5),
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(joined.memberId())
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(joined.generationId())
                        .setProtocolType(joined.protocolType())
                        .setProtocolName(joined.protocolName())
                        .setAssignments(assignments),
                reply);
        return reply;
    }

    static SyncGroupRequestAssignment part(String memberId, int number) {
        return new SyncGroupRequestAssignment().setMemberId(memberId).setAssignment(new byte[] {(byte) number});
    }

    Errors heartbeat(String group, String memberId, int generation) {
        return heartbeat(group, memberId, null, generation);
    }

    Errors heartbeat(String group, String memberId, @Nullable String instanceId, int generation) {
        CompletableFuture<HeartbeatResponseData> reply = new CompletableFuture<>();
        classic.heartbeat(
                new HeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generation),
                reply);
        return Errors.forCode(reply.join().errorCode());
    }

    LeaveGroupResponseData leave(LeaveGroupRequestData request) {
        CompletableFuture<LeaveGroupResponseData> reply = new CompletableFuture<>();
        classic.leave(request, reply);
        return reply.join();
    }

    Errors commit(String group, String memberId, int generation, String topic, int partition, long offset) {
        return commit(group, memberId, generation, topic, partition, offset, "");
    }

    Errors commit(
            String group, String memberId, int generation, String topic, int partition, long offset, String metadata) {
        CompletableFuture<OffsetCommitResponseData> reply = new CompletableFuture<>();
        offsets.commit(
                (short) 9,
                new OffsetCommitRequestData()
                        .setGroupId(group)
                        .setMemberId(memberId)
                        .setGenerationIdOrMemberEpoch(generation)
                        .setTopics(List.of(new OffsetCommitRequestTopic()
                                .setName(topic)
                                .setPartitions(List.of(new OffsetCommitRequestPartition()
                                        .setPartitionIndex(partition)
                                        .setCommittedOffset(offset)
                                        .setCommittedLeaderEpoch(4)
                                        .setCommittedMetadata(metadata))))),
                reply);
        return Errors.forCode(reply.join().topics().get(0).partitions().get(0).errorCode());
    }

    /** Of who stands alone, for partition 0. */
    void commit(String group, String topic, Uuid topicId, long offset) {
        CompletableFuture<OffsetCommitResponseData> reply = new CompletableFuture<>();
        offsets.commit(
                (short) 9,
                new OffsetCommitRequestData()
                        .setGroupId(group)
                        .setTopics(List.of(new OffsetCommitRequestTopic()
                                .setName(topic)
                                .setTopicId(topicId)
                                .setPartitions(
                                        List.of(new OffsetCommitRequestPartition().setCommittedOffset(offset))))),
                reply);
        reply.join();
    }

    /** @return -1 when there is none */
    long committed(String group, String topic, int partition) {
        CompletableFuture<OffsetFetchResponseGroup> reply = new CompletableFuture<>();
        offsets.fetch(
                new OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(List.of(
                                new OffsetFetchRequestTopics().setName(topic).setPartitionIndexes(List.of(partition)))),
                reply);
        return reply.join().topics().get(0).partitions().get(0).committedOffset();
    }
}
