/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.broker.group.GroupClient;
import io.klamm.metadata.image.PartitionId;
import io.klamm.simulation.GroupHistory.Commit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A member of a group of the consumer protocol (KIP-848): each heartbeat says all it knows; what it is told to give up it gives up sooner or
 * later, and only then says so.
 */
final class ConsumerGroupMember implements SimMember {
    private static final long ANSWER_MS = 700;
    private static final int REBALANCE_TIMEOUT_MS = 500;
    private static final int LEAVE = -1;
    private static final int LEAVE_FOR_A_WHILE = -2;
    private static final short COMMIT_VERSION = 9;
    private static final long FRESH_NANOS = 400_000_000;
    private static final GroupClient CLIENT = new GroupClient("client", "/host", (short) 1);

    private final World world;
    private final Coverage coverage;
    private final String group;
    private final GroupHistory history;
    private final int number;
    private final @Nullable String instanceId;
    private final Topics subscribed;
    private final GroupLink link;
    /** Commits are on their way while heartbeats go on. */
    private final GroupLink commits;

    private int lives;
    private String memberId = "";
    private int epoch;
    private TreeSet<PartitionId> owned = new TreeSet<>();
    /** What it is to own. */
    private TreeSet<PartitionId> assigned = new TreeSet<>();

    private boolean leaving;
    private boolean readsOnly;
    private long backNanos;
    private long aliveNanos;

    /**
     * What a member subscribes to.
     *
     * @param pattern null when it names topics
     */
    record Topics(List<String> names, @Nullable String pattern) {}

    /**
     * @param number tells it from the others of its group
     * @param instanceId of a static member, else null
     */
    ConsumerGroupMember(
            World world,
            SimCluster cluster,
            Coverage coverage,
            GroupHistory history,
            int number,
            @Nullable String instanceId,
            Topics topics) {
        this.world = world;
        this.coverage = coverage;
        this.group = history.group();
        this.history = history;
        this.number = number;
        this.instanceId = instanceId;
        this.subscribed = topics;
        this.link = new GroupLink(world, cluster);
        this.commits = new GroupLink(world, cluster);
        begin();
    }

    private void begin() {
        memberId = new Uuid(number, ++lives).toString();
        forget();
    }

    private void forget() {
        epoch = 0;
        owned = new TreeSet<>();
        assigned = new TreeSet<>();
    }

    @Override
    public void crash(long forMs) {
        begin();
        leaving = false;
        link.hangUp();
        commits.hangUp();
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
        return link.isWaiting() || commits.isWaiting();
    }

    @Override
    public boolean isStable() {
        return epoch > 0 && !leaving && owned.equals(assigned) && world.time.getAsLong() - aliveNanos < FRESH_NANOS;
    }

    @Override
    public int generation() {
        return epoch;
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

    @Override
    public void step() {
        if (link.isWaiting() || backNanos > world.time.getAsLong()) {
            return;
        }
        if (!owned.equals(assigned) && world.below(2) == 0) {
            owned = new TreeSet<>(assigned);
        }
        int what = world.below(10);
        List<PartitionId> committable = owned.stream()
                .filter(id -> id.topicId().equals(SimCluster.TOPIC_ID))
                .toList();
        if (leaving) {
            heartbeat(instanceId == null || world.below(2) == 0 ? LEAVE : LEAVE_FOR_A_WHILE);
        } else if (!readsOnly && epoch > 0 && what < 4 && !committable.isEmpty() && !commits.isWaiting()) {
            commit(committable.get(world.below(committable.size())).partition());
        } else if (epoch > 0 && what == 4) {
            fetchOffsets();
        } else {
            heartbeat(epoch);
        }
    }

    private void heartbeat(int memberEpoch) {
        Map<Uuid, TopicPartitions> topics = new TreeMap<>();
        if (memberEpoch > 0) {
            owned.forEach(id -> topics.computeIfAbsent(id.topicId(), topic -> new TopicPartitions().setTopicId(topic))
                    .partitions()
                    .add(id.partition()));
        }
        ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setMemberEpoch(memberEpoch)
                .setInstanceId(instanceId)
                .setRebalanceTimeoutMs(REBALANCE_TIMEOUT_MS)
                .setSubscribedTopicNames(subscribed.names)
                .setSubscribedTopicRegex(subscribed.pattern)
                .setTopicPartitions(new ArrayList<>(topics.values()));
        List<PartitionId> claimed = List.copyOf(owned);
        link.ask(
                "ConsumerGroupHeartbeat",
                ANSWER_MS,
                to -> to.heartbeat(CLIENT, request),
                (answer, error, leaderEpoch) -> {
                    if (memberEpoch < 0) {
                        crash(100L + world.below(1_500));
                        return;
                    }
                    Errors outcome = answer == null ? error : Errors.forCode(answer.errorCode());
                    if (answer != null && outcome == Errors.NONE) {
                        heard(answer, claimed, leaderEpoch);
                    } else {
                        failed(outcome);
                    }
                });
    }

    private void heard(ConsumerGroupHeartbeatResponseData answer, List<PartitionId> claimed, int leaderEpoch) {
        aliveNanos = world.time.getAsLong();
        if (answer.memberEpoch() < epoch) {
            throw Broken.promise(
                    "the epoch of %s in %s went back from %s to %s", name(), group, epoch, answer.memberEpoch());
        }
        if (answer.memberEpoch() > epoch) {
            coverage.happened(Coverage.Rule.RECONCILED);
        }
        epoch = answer.memberEpoch();
        if (answer.assignment() != null) {
            TreeSet<PartitionId> told = new TreeSet<>();
            answer.assignment().topicPartitions().forEach(topic -> topic.partitions()
                    .forEach(partition -> told.add(new PartitionId(topic.topicId(), partition))));
            assigned = told;
            world.trace(53, epoch, told.size());
        }
        history.assigned(name(), epoch, assigned, claimed, link.servedAt(), leaderEpoch);
    }

    /** It must be refused when the member has heard of a later epoch before it arrives. */
    private void commit(int partition) {
        Commit commit = history.committing(partition, epoch);
        int[] epochAtArrival = {epoch};
        OffsetCommitRequestData request = new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationIdOrMemberEpoch(epoch)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(SimCluster.TOPIC)
                        .setTopicId(SimCluster.TOPIC_ID)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(commit.offset())))));
        commits.ask(
                "OffsetCommit",
                ANSWER_MS,
                to -> {
                    epochAtArrival[0] = epoch;
                    return to.commit(COMMIT_VERSION, request);
                },
                (answer, error, leaderEpoch) -> {
                    Errors outcome = answer == null
                            ? error
                            : Errors.forCode(
                                    answer.topics().get(0).partitions().get(0).errorCode());
                    switch (outcome) {
                        case NONE -> committed(commit, epochAtArrival[0], leaderEpoch);
                        case STALE_MEMBER_EPOCH, UNKNOWN_MEMBER_ID -> {
                            history.refused(commit);
                            coverage.happened(Coverage.Rule.OLD_COMMIT_REFUSED);
                        }
                        default -> failed(outcome); // it may be written, or not
                    }
                });
    }

    private void committed(Commit commit, int epochAtArrival, int leaderEpoch) {
        if (commit.generation() < epochAtArrival) {
            throw Broken.promise(
                    "%s was accepted of %s in %s, which was told of epoch %s before",
                    commit, name(), group, epochAtArrival);
        }
        history.acknowledged(commit, leaderEpoch);
        coverage.happened(Coverage.Rule.OFFSET_COMMITTED);
    }

    private void fetchOffsets() {
        OffsetFetchRequestGroup request = new OffsetFetchRequestGroup()
                .setGroupId(group)
                .setTopics(List.of(
                        new OffsetFetchRequestTopics().setName(SimCluster.TOPIC).setPartitionIndexes(List.of(0, 1))));
        long sent = history.sent();
        link.ask("OffsetFetch", ANSWER_MS, to -> to.fetch(request), (answer, error, leaderEpoch) -> {
            if (answer == null) {
                failed(error);
            } else {
                answer.topics()
                        .get(0)
                        .partitions()
                        .forEach(row -> history.read(row.partitionIndex(), row.committedOffset(), sent, leaderEpoch));
            }
        });
    }

    private void failed(Errors error) {
        world.trace(54, error.code(), epoch);
        switch (error) {
            case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH -> {
                coverage.happened(Coverage.Rule.EPOCH_FENCED);
                forget();
            }
            case FENCED_INSTANCE_ID -> begin();
            case NOT_COORDINATOR -> coverage.happened(Coverage.Rule.COORDINATOR_MOVED);
            case COORDINATOR_LOAD_IN_PROGRESS -> coverage.happened(Coverage.Rule.COORDINATOR_LOADING);
            case UNRELEASED_INSTANCE_ID -> coverage.happened(Coverage.Rule.INSTANCE_IN_USE);
            case COORDINATOR_NOT_AVAILABLE, REQUEST_TIMED_OUT, NETWORK_EXCEPTION -> {
                // the same again, perhaps of another node
            }
            default -> throw Broken.promise("%s of %s was told %s", name(), group, error);
        }
    }

    @Override
    public String toString() {
        return name() + " of " + group + " in epoch " + epoch + ", owns " + owned + " of " + assigned
                + (link.isWaiting() ? ", waits" : "");
    }
}
