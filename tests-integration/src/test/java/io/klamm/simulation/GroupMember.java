/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.group.GroupClient;
import io.klamm.simulation.GroupHistory.Commit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A member of a classic group, as Kafka's consumers are: it joins, learns its part, sends heartbeats, commits what it has, and does what the
 * answers tell it. Somebody may kill it, stop it in order, or let it stand still for a while.
 */
final class GroupMember implements SimMember {
    /** How many partitions the members share. */
    static final int PARTITIONS = 4;

    private static final int SESSION_TIMEOUT_MS = 900;
    private static final int REBALANCE_TIMEOUT_MS = 500;
    /** A rebalance, then the answers wait for replicas. */
    private static final long REBALANCE_MS = 1_300;

    private static final long ANSWER_MS = 700;
    private static final long FRESH_NANOS = 400_000_000;
    private static final short COMMIT_VERSION = 9;
    private static final String TYPE = "consumer";
    private static final String ASSIGNOR = "range";
    private static final GroupClient CLIENT = new GroupClient("client", "/host", (short) 9);
    private static final byte[] SUBSCRIPTION =
            Utils.toArray(ConsumerProtocol.serializeSubscription(new Subscription(List.of(SimCluster.TOPIC))));

    private enum Stage {
        JOINING,
        SYNCING,
        STABLE
    }

    private final World world;
    private final Coverage coverage;
    private final String group;
    private final GroupHistory history;
    private final @Nullable String instanceId;
    private final GroupLink link;

    private Stage stage = Stage.JOINING;
    private String memberId = "";
    private int generation = -1;
    private List<SyncGroupRequestAssignment> parts = List.of();
    private List<Integer> owned = List.of();
    private boolean knowsOffsets;
    private boolean leaving;
    private boolean readsOnly;
    private int lives = 1;
    /** It does nothing before then. */
    private long backNanos;
    /** When its last heartbeat was answered with NONE. */
    private long aliveNanos;

    /** @param instanceId of a static member, else null */
    GroupMember(
            World world,
            SimCluster cluster,
            Coverage coverage,
            String group,
            GroupHistory history,
            @Nullable String instanceId) {
        this.world = world;
        this.coverage = coverage;
        this.group = group;
        this.history = history;
        this.instanceId = instanceId;
        this.link = new GroupLink(world, cluster);
    }

    // ---- what others do to it

    @Override
    public void crash(long forMs) {
        lives++;
        forget();
        leaving = false;
        link.hangUp();
        rest(forMs);
    }

    @Override
    public void leave() {
        leaving = true;
    }

    @Override
    public void standStill(long ms) {
        rest(ms);
    }

    @Override
    public void stopCommitting() {
        readsOnly = true;
    }

    private void rest(long ms) {
        backNanos = world.time.getAsLong() + ms * 1_000_000;
    }

    @Override
    public boolean isWaiting() {
        return link.isWaiting();
    }

    @Override
    public boolean isStable() {
        return stage == Stage.STABLE && !leaving && world.time.getAsLong() - aliveNanos < FRESH_NANOS;
    }

    @Override
    public int generation() {
        return generation;
    }

    @Override
    public int ownedCount() {
        return owned.size();
    }

    @Override
    public int lives() {
        return lives;
    }

    /** By which its partitions are known: a static member keeps them under another id. */
    private String name() {
        return instanceId == null ? memberId : instanceId;
    }

    // ---- what it does

    @Override
    public void step() {
        if (link.isWaiting() || backNanos > world.time.getAsLong()) {
            return;
        }
        if (leaving && !memberId.isEmpty()) {
            sendLeave();
            return;
        }
        switch (stage) {
            case JOINING -> {
                if (!readsOnly && !owned.isEmpty() && world.below(3) == 0) {
                    commit(); // what it has done, before its partitions go
                } else {
                    join();
                }
            }
            case SYNCING -> sync();
            case STABLE -> live();
        }
    }

    private void live() {
        int what = world.below(10);
        if (!knowsOffsets || what == 0) {
            fetchOffsets();
        } else if (!readsOnly && what < 5 && !owned.isEmpty()) {
            commit();
        } else {
            heartbeat();
        }
    }

    private void join() {
        owned = List.of();
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setProtocolType(TYPE)
                .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
                .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
                .setProtocols(new JoinGroupRequestProtocolCollection(
                        List.of(new JoinGroupRequestProtocol().setName(ASSIGNOR).setMetadata(SUBSCRIPTION))
                                .iterator()));
        long sent = history.sent();
        link.ask("JoinGroup", REBALANCE_MS, to -> to.join(CLIENT, request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (answer != null && outcome == Errors.NONE) {
                joined(answer, sent, epoch);
            } else if (answer != null && outcome == Errors.MEMBER_ID_REQUIRED) {
                memberId = answer.memberId();
            } else {
                failed(outcome);
            }
        });
    }

    private void joined(JoinGroupResponseData answer, long sent, int epoch) {
        boolean returned = memberId.isEmpty();
        memberId = answer.memberId();
        generation = answer.generationId();
        history.joined(name(), generation, sent, epoch);
        boolean assigns = answer.leader().equals(memberId) && !answer.skipAssignment();
        parts = assigns ? assign(answer.members()) : List.of();
        stage = Stage.SYNCING;
        coverage.happened(
                returned && answer.skipAssignment() ? Coverage.Rule.STATIC_RETURNED : Coverage.Rule.REBALANCED);
        world.trace(50, generation, answer.members().size());
    }

    /** Partition by partition to one member after the other, with a number that tells this assignment from all others. */
    private List<SyncGroupRequestAssignment> assign(List<JoinGroupResponseMember> members) {
        long number = history.nextAssignment();
        int first = world.below(members.size());
        Map<Integer, List<Integer>> byMember = new TreeMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            byMember.computeIfAbsent((first + partition) % members.size(), any -> new ArrayList<>())
                    .add(partition);
        }
        List<SyncGroupRequestAssignment> all = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            List<Integer> partitions = byMember.getOrDefault(i, List.of());
            ByteBuffer part = ByteBuffer.allocate(Long.BYTES + partitions.size());
            part.putLong(number);
            partitions.forEach(partition -> part.put(partition.byteValue()));
            all.add(new SyncGroupRequestAssignment()
                    .setMemberId(members.get(i).memberId())
                    .setAssignment(part.array()));
        }
        return all;
    }

    private void sync() {
        SyncGroupRequestData request = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation)
                .setProtocolType(TYPE)
                .setProtocolName(ASSIGNOR)
                .setAssignments(parts);
        link.ask("SyncGroup", REBALANCE_MS, to -> to.sync(CLIENT, request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (answer != null && outcome == Errors.NONE) {
                synced(answer, epoch);
            } else {
                if (world.below(2) == 0) {
                    stage = Stage.JOINING;
                }
                failed(outcome);
            }
        });
    }

    private void synced(SyncGroupResponseData answer, int epoch) {
        ByteBuffer part = ByteBuffer.wrap(answer.assignment());
        if (part.remaining() < Long.BYTES) {
            throw Broken.promise("%s has no part in generation %s of %s", name(), generation, group);
        }
        long assignment = part.getLong();
        List<Integer> partitions = new ArrayList<>();
        while (part.hasRemaining()) {
            partitions.add((int) part.get());
        }
        history.learned(name(), generation, assignment, partitions, epoch);
        owned = partitions;
        knowsOffsets = false;
        stage = Stage.STABLE;
    }

    private void heartbeat() {
        HeartbeatRequestData request = new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation);
        long sent = history.sent();
        int in = generation;
        link.ask("Heartbeat", ANSWER_MS, to -> to.heartbeat(request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (outcome == Errors.NONE) {
                aliveNanos = world.time.getAsLong();
                history.alive(name(), in, sent, epoch);
            } else {
                failed(outcome);
            }
        });
    }

    private void commit() {
        int partition = owned.get(world.below(owned.size()));
        Commit commit = history.committing(partition, generation);
        OffsetCommitRequestData request = new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(SimCluster.TOPIC)
                        .setTopicId(SimCluster.TOPIC_ID)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(commit.offset())))));
        link.ask("OffsetCommit", ANSWER_MS, to -> to.commit(COMMIT_VERSION, request), (answer, error, epoch) -> {
            Errors outcome = answer == null
                    ? error
                    : Errors.forCode(answer.topics().get(0).partitions().get(0).errorCode());
            switch (outcome) {
                case NONE -> {
                    history.acknowledged(commit, epoch);
                    coverage.happened(Coverage.Rule.OFFSET_COMMITTED);
                    world.trace(51, partition, commit.offset());
                }
                case ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS -> {
                    history.refused(commit);
                    coverage.happened(Coverage.Rule.OLD_COMMIT_REFUSED);
                    failed(outcome);
                }
                default -> failed(outcome); // it may be written, or not
            }
        });
    }

    private void fetchOffsets() {
        OffsetFetchRequestGroup request = offsets(group);
        long sent = history.sent();
        link.ask("OffsetFetch", ANSWER_MS, to -> to.fetch(request), (answer, error, epoch) -> {
            if (answer == null) {
                failed(error);
            } else {
                fetched(answer, sent, epoch);
            }
        });
    }

    private void fetched(OffsetFetchResponseGroup answer, long sent, int epoch) {
        knowsOffsets = true;
        readBy(answer, history, sent, epoch);
    }

    /** Asks for all that the members commit. */
    static OffsetFetchRequestGroup offsets(String group) {
        return new OffsetFetchRequestGroup()
                .setGroupId(group)
                .setTopics(List.of(new OffsetFetchRequestTopics()
                        .setName(SimCluster.TOPIC)
                        .setPartitionIndexes(
                                IntStream.range(0, PARTITIONS).boxed().toList())));
    }

    static void readBy(OffsetFetchResponseGroup answer, GroupHistory history, long sent, int epoch) {
        for (OffsetFetchResponsePartitions row : answer.topics().get(0).partitions()) {
            history.read(row.partitionIndex(), row.committedOffset(), sent, epoch);
        }
    }

    private void sendLeave() {
        LeaveGroupRequestData request = new LeaveGroupRequestData()
                .setGroupId(group)
                .setMembers(List.of(new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId)));
        link.ask("LeaveGroup", ANSWER_MS, to -> to.leave(request), (answer, error, epoch) -> {
            crash(100L + world.below(1_500)); // it does not ask twice
        });
    }

    /** What clients do when they are told no. */
    private void failed(Errors error) {
        world.trace(52, error.code(), generation);
        switch (error) {
            case UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID -> {
                coverage.happened(Coverage.Rule.MEMBER_FENCED);
                forget();
            }
            case ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS -> stage = Stage.JOINING;
            case NOT_COORDINATOR -> coverage.happened(Coverage.Rule.COORDINATOR_MOVED);
            case COORDINATOR_LOAD_IN_PROGRESS -> coverage.happened(Coverage.Rule.COORDINATOR_LOADING);
            case COORDINATOR_NOT_AVAILABLE, REQUEST_TIMED_OUT, NETWORK_EXCEPTION -> {
                // the same again, perhaps of another node
            }
            default -> throw Broken.promise("%s of %s was told %s", name(), group, error);
        }
    }

    private void forget() {
        memberId = "";
        generation = -1;
        owned = List.of();
        parts = List.of();
        stage = Stage.JOINING;
    }

    @Override
    public String toString() {
        return name() + " of " + group + ": " + stage + " in generation " + generation + ", owns " + owned
                + (link.isWaiting() ? ", waits" : "");
    }
}
