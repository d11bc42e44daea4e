/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.group.GroupClient;
import io.klamm.metadata.image.PartitionId;
import io.klamm.simulation.GroupHistory.Commit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
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
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A member of the classic protocol that says what it subscribes to and owns in the words of Kafka's consumers, so that its group may be a
 * consumer group as well. With an eager assignor it gives everything up before it joins, with a cooperative one what it is told to.
 */
final class EmbeddedMember implements SimMember {
    /** How many partitions the topic has. */
    static final int PARTITIONS = 2;

    private static final int SESSION_TIMEOUT_MS = 900;
    private static final int REBALANCE_TIMEOUT_MS = 500;
    private static final long REBALANCE_MS = 1_300;
    private static final long ANSWER_MS = 700;
    private static final long FRESH_NANOS = 400_000_000;
    private static final short COMMIT_VERSION = 9;
    private static final String TYPE = "consumer";
    private static final int NO_GENERATION = -1;
    private static final GroupClient CLIENT = new GroupClient("client", "/host", (short) 9);

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
    private final boolean cooperative;
    private final GroupLink link;

    private Stage stage = Stage.JOINING;
    private String memberId = "";
    private int generation = NO_GENERATION;
    /** The last one in which it has learned its part, and the leader epoch of the coordinator that told it. */
    private int learned = NO_GENERATION;

    private int learnedEpoch;

    private List<SyncGroupRequestAssignment> parts = List.of();
    private TreeSet<Integer> owned = new TreeSet<>();
    /** Its group was one of the consumer protocol when it joined the last time. */
    private boolean mixed;

    private boolean leaving;
    private boolean readsOnly;
    private int lives = 1;
    private long backNanos;
    private long aliveNanos;

    EmbeddedMember(
            World world,
            SimCluster cluster,
            Coverage coverage,
            GroupHistory history,
            @Nullable String instanceId,
            boolean cooperative) {
        this.world = world;
        this.coverage = coverage;
        this.group = history.group();
        this.history = history;
        this.instanceId = instanceId;
        this.cooperative = cooperative;
        this.link = new GroupLink(world, cluster);
    }

    // ---- what others do to it

    @Override
    public void crash(long forMs) {
        lives++;
        memberId = "";
        loseAll();
        leaving = false;
        link.hangUp();
        standStill(forMs);
    }

    @Override
    public void leave() {
        leaving = true;
    }

    @Override
    public void standStill(long ms) {
        backNanos = world.time.getAsLong() + ms * 1_000_000;
    }

    @Override
    public void stopCommitting() {
        readsOnly = true;
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
    public int lives() {
        return lives;
    }

    @Override
    public int ownedCount() {
        return owned.size();
    }

    private String name() {
        return instanceId == null ? memberId : instanceId;
    }

    private List<PartitionId> ownedIds() {
        return owned.stream()
                .map(partition -> new PartitionId(SimCluster.TOPIC_ID, partition))
                .toList();
    }

    // ---- what it does

    @Override
    public void step() {
        if (link.isWaiting() || backNanos > world.time.getAsLong()) {
            return;
        }
        if (leaving) {
            sendLeave();
            return;
        }
        switch (stage) {
            case JOINING -> join();
            case SYNCING -> sync();
            case STABLE -> {
                if (!readsOnly && !owned.isEmpty() && world.below(2) == 0) {
                    commit();
                } else {
                    heartbeat();
                }
            }
        }
    }

    private void join() {
        if (!cooperative) {
            owned = new TreeSet<>();
        }
        List<TopicPartition> still = owned.stream()
                .map(partition -> new TopicPartition(SimCluster.TOPIC, partition))
                .toList();
        byte[] subscription = Utils.toArray(ConsumerProtocol.serializeSubscription(
                new Subscription(List.of(SimCluster.TOPIC), null, still, generation, Optional.empty())));
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setProtocolType(TYPE)
                .setSessionTimeoutMs(SESSION_TIMEOUT_MS)
                .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
                .setProtocols(new JoinGroupRequestProtocolCollection(List.of(new JoinGroupRequestProtocol()
                                .setName(assignor())
                                .setMetadata(subscription))
                        .iterator()));
        link.ask("JoinGroup", REBALANCE_MS, to -> to.join(CLIENT, request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (answer != null && outcome == Errors.NONE) {
                joined(answer, epoch);
            } else if (answer != null && outcome == Errors.MEMBER_ID_REQUIRED) {
                memberId = answer.memberId();
            } else {
                failed(outcome);
            }
        });
    }

    private String assignor() {
        return cooperative ? "cooperative-sticky" : "range";
    }

    /**
     * A generation of which nobody has learned the parts was never written down; the next coordinator does not know it. And one that is
     * deposed and does not know it may know an older one only.
     */
    private void joined(JoinGroupResponseData answer, int epoch) {
        if (answer.generationId() < learned && epoch >= learnedEpoch) {
            throw Broken.promise(
                    "%s of %s is in generation %s after %s", name(), group, answer.generationId(), learned);
        }
        memberId = answer.memberId();
        generation = answer.generationId();
        boolean leads = answer.leader().equals(memberId) && !answer.skipAssignment();
        parts = leads ? assign(answer.members()) : List.of();
        stage = Stage.SYNCING;
        boolean isMixed = answer.leader().isEmpty();
        if (isMixed) {
            coverage.happened(Coverage.Rule.JOINED_MIXED_GROUP);
        } else if (mixed) {
            coverage.happened(Coverage.Rule.CLASSIC_AGAIN);
        }
        mixed = isMixed;
        world.trace(55, generation, answer.members().size());
    }

    /** Each keeps what it owns, up to an even part; with a cooperative assignor nobody gets what another one still owns. */
    private List<SyncGroupRequestAssignment> assign(List<JoinGroupResponseMember> members) {
        Map<String, List<TopicPartition>> all = new TreeMap<>();
        Map<Integer, String> owners = new TreeMap<>();
        Map<Integer, Integer> since = new TreeMap<>();
        for (JoinGroupResponseMember member : members) {
            all.put(member.memberId(), new ArrayList<>());
            Subscription said = ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(member.metadata()));
            int newest = said.generationId().orElse(NO_GENERATION);
            for (TopicPartition partition : said.ownedPartitions()) {
                if (since.getOrDefault(partition.partition(), Integer.MIN_VALUE) < newest) {
                    owners.put(partition.partition(), member.memberId());
                    since.put(partition.partition(), newest);
                }
            }
        }
        int even = (PARTITIONS + members.size() - 1) / members.size();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String owner = owners.get(partition);
            List<TopicPartition> least = all.values().stream()
                    .min(Comparator.comparingInt(List::size))
                    .orElseThrow();
            if (owner != null && all.get(owner).size() < even) {
                all.get(owner).add(new TopicPartition(SimCluster.TOPIC, partition));
            } else if (owner == null || !cooperative) {
                least.add(new TopicPartition(SimCluster.TOPIC, partition));
            }
        }
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
        all.forEach((member, partitions) -> assignments.add(new SyncGroupRequestAssignment()
                .setMemberId(member)
                .setAssignment(Utils.toArray(ConsumerProtocol.serializeAssignment(new Assignment(partitions))))));
        return assignments;
    }

    private void sync() {
        SyncGroupRequestData request = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation)
                .setProtocolType(TYPE)
                .setProtocolName(assignor())
                .setAssignments(parts);
        link.ask("SyncGroup", REBALANCE_MS, to -> to.sync(CLIENT, request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (answer != null && outcome == Errors.NONE) {
                synced(answer, epoch);
            } else {
                stage = Stage.JOINING;
                failed(outcome);
            }
        });
    }

    private void synced(SyncGroupResponseData answer, int epoch) {
        learned = generation;
        learnedEpoch = epoch;
        if (answer.assignment().length == 0) {
            throw Broken.promise("%s has no part in generation %s of %s", name(), generation, group);
        }
        TreeSet<Integer> part = new TreeSet<>();
        ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(answer.assignment()))
                .partitions()
                .forEach(partition -> part.add(partition.partition()));
        stage = cooperative && !part.containsAll(owned) ? Stage.JOINING : Stage.STABLE;
        owned = part;
        history.assigned(name(), generation, ownedIds(), List.of(), link.servedAt(), epoch);
    }

    private void heartbeat() {
        HeartbeatRequestData request = new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generation);
        link.ask("Heartbeat", ANSWER_MS, to -> to.heartbeat(request), (answer, error, epoch) -> {
            Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
            if (outcome == Errors.NONE) {
                aliveNanos = world.time.getAsLong();
                history.assigned(name(), generation, ownedIds(), ownedIds(), link.servedAt(), epoch);
            } else {
                failed(outcome);
            }
        });
    }

    private void commit() {
        int partition = new ArrayList<>(owned).get(world.below(owned.size()));
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

    private void sendLeave() {
        LeaveGroupRequestData request = new LeaveGroupRequestData()
                .setGroupId(group)
                .setMembers(List.of(new MemberIdentity().setMemberId(memberId).setGroupInstanceId(instanceId)));
        link.ask("LeaveGroup", ANSWER_MS, to -> to.leave(request), (answer, error, epoch) -> {
            crash(0); // it does not ask twice
        });
    }

    private void failed(Errors error) {
        world.trace(56, error.code(), generation);
        switch (error) {
            case UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID -> {
                coverage.happened(Coverage.Rule.MEMBER_FENCED);
                memberId = "";
                loseAll();
            }
            case ILLEGAL_GENERATION -> loseAll();
            case REBALANCE_IN_PROGRESS -> stage = Stage.JOINING;
            case NOT_COORDINATOR -> coverage.happened(Coverage.Rule.COORDINATOR_MOVED);
            case COORDINATOR_LOAD_IN_PROGRESS -> coverage.happened(Coverage.Rule.COORDINATOR_LOADING);
            case COORDINATOR_NOT_AVAILABLE, REQUEST_TIMED_OUT, NETWORK_EXCEPTION -> {
                // the same again, perhaps of another node
            }
            default -> throw Broken.promise("%s of %s was told %s", name(), group, error);
        }
    }

    private void loseAll() {
        generation = NO_GENERATION;
        learned = NO_GENERATION;
        owned = new TreeSet<>();
        parts = List.of();
        stage = Stage.JOINING;
    }

    @Override
    public String toString() {
        return name() + " of " + group + ", classic: " + stage + " in generation " + generation + ", owns " + owned
                + (link.isWaiting() ? ", waits" : "");
    }
}
