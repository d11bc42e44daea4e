/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.GroupShard.State;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.MetadataSubscriber;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.ReplicaRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The coordinators of this node: one shard for each partition of {@code __consumer_offsets} that it leads. It subscribes to the metadata
 * after the replicas, so that a shard finds its replica in the role that the image says.
 */
public final class GroupCoordinators implements MetadataSubscriber, AutoCloseable {
    private static final long LOAD_AGAIN_MS = 1_000;

    private final int nodeId;
    private final ReplicaRegistry replicas;
    private final GroupConfig config;
    private final GroupRuntime runtime;
    private final Map<Integer, GroupShard> shards = new ConcurrentHashMap<>();
    private volatile int partitions;
    private volatile MetadataImage image = MetadataImage.EMPTY;
    private volatile boolean closed;

    public GroupCoordinators(int nodeId, ReplicaRegistry replicas, GroupConfig config, GroupRuntime runtime) {
        this.nodeId = nodeId;
        this.replicas = replicas;
        this.config = config;
        this.runtime = runtime;
    }

    /** The partition of {@code __consumer_offsets} that is a group's home. */
    public static int partitionOf(String groupId, int partitions) {
        return (groupId.hashCode() & Integer.MAX_VALUE) % partitions;
    }

    @Override
    public void onMetadata(MetadataDelta delta) {
        image = delta.to();
        TopicImage topic = delta.to().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        TopicImage before = delta.from().topic(Topic.GROUP_METADATA_TOPIC_NAME);
        if (before != null && (topic == null || !topic.id().equals(before.id()))) {
            endAll();
        }
        if (topic != null) {
            partitions = topic.partitions().size();
            for (PartitionId id : delta.partitions()) {
                if (id.topicId().equals(topic.id())) {
                    follow(id, delta.to().partition(id));
                }
            }
        }
        TopicChanges changes = TopicChanges.of(delta);
        if (!changes.isEmpty()) {
            shards.values().forEach(shard -> shard.tell(state -> changes.tell(state.groups())));
        }
        if (!delta.deletedTopics().isEmpty()) {
            Map<String, Uuid> deleted = new HashMap<>();
            for (Uuid id : delta.deletedTopics()) {
                TopicImage gone = delta.from().topic(id);
                if (gone != null) {
                    deleted.put(gone.name(), id);
                }
            }
            shards.values().forEach(shard -> shard.tell(state -> state.offsets().forgetTopics(deleted)));
        }
    }

    private synchronized void follow(PartitionId id, @Nullable PartitionState state) {
        int partition = id.partition();
        GroupShard shard = shards.get(partition);
        int epoch = state == null || state.leader() != nodeId || closed ? -1 : state.leaderEpoch();
        if (shard != null && shard.leaderEpoch() != epoch) {
            shards.remove(partition);
            shard.close();
            shard = null;
        }
        if (shard == null && epoch >= 0) {
            begin(id, epoch);
        }
    }

    private synchronized void begin(PartitionId id, int epoch) {
        ReplicaShardLog log = new ReplicaShardLog(id, replicas, epoch, runtime.nanoTime(), config.commitTimeoutMs());
        GroupShard next = new GroupShard(
                id.partition(), epoch, log, config, runtime, () -> new ImageView(image), () -> beginAgain(id, epoch));
        shards.put(id.partition(), next);
        next.start();
    }

    /** Its log could not be read: as long as this node leads it in this epoch, it is tried again. */
    private void beginAgain(PartitionId id, int epoch) {
        var unused = runtime.timer().schedule(TimeUnit.MILLISECONDS.toNanos(LOAD_AGAIN_MS), () -> {
            synchronized (this) {
                GroupShard failed = shards.get(id.partition());
                if (failed != null && failed.leaderEpoch() == epoch && !closed) {
                    failed.close();
                    begin(id, epoch);
                }
            }
        });
    }

    private synchronized void endAll() {
        shards.values().forEach(GroupShard::close);
        shards.clear();
    }

    // ---- what clients ask for; every future fails with NOT_COORDINATOR when the group's coordinator is elsewhere

    public CompletableFuture<JoinGroupResponseData> join(GroupClient client, JoinGroupRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.classic().join(client, request, reply));
    }

    public CompletableFuture<SyncGroupResponseData> sync(GroupClient client, SyncGroupRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.classic().sync(client, request, reply));
    }

    public CompletableFuture<HeartbeatResponseData> heartbeat(HeartbeatRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.classic().heartbeat(request, reply));
    }

    public CompletableFuture<LeaveGroupResponseData> leave(LeaveGroupRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.classic().leave(request, reply));
    }

    public CompletableFuture<ConsumerGroupHeartbeatResponseData> heartbeat(
            GroupClient client, ConsumerGroupHeartbeatRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.consumer().heartbeat(client, request, reply));
    }

    /** @param request names topics that exist, by name and id */
    public CompletableFuture<OffsetCommitResponseData> commit(short version, OffsetCommitRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.offsets().commit(version, request, reply));
    }

    public CompletableFuture<OffsetFetchResponseGroup> fetch(OffsetFetchRequestGroup request) {
        return ask(request.groupId(), (state, reply) -> state.offsets().fetch(request, reply));
    }

    public CompletableFuture<OffsetDeleteResponseData> deleteOffsets(OffsetDeleteRequestData request) {
        return ask(request.groupId(), (state, reply) -> state.offsets().delete(request, reply));
    }

    /** @return NONE, NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND or what kept it from being written */
    public CompletableFuture<Errors> deleteGroup(String groupId) {
        return ask(groupId, (state, reply) -> state.ports()
                .reply(reply, state.offsets().deleteGroup(groupId)));
    }

    public CompletableFuture<DescribedGroup> describe(String groupId, short version) {
        return ask(groupId, (state, reply) -> state.ports()
                .reply(reply, GroupViews.describe(state.groups(), groupId, version)));
    }

    public CompletableFuture<ConsumerGroupDescribeResponseData.DescribedGroup> describeConsumers(String groupId) {
        ClusterView view = new ImageView(image);
        return ask(groupId, (state, reply) -> state.ports()
                .reply(reply, ConsumerGroupViews.describe(state.groups(), state.consumerRebalance(), groupId, view)));
    }

    /** One answer of each coordinator on this node; those that are loading fail with COORDINATOR_LOAD_IN_PROGRESS. */
    public List<CompletableFuture<List<ListedGroup>>> list(ListGroupsRequestData request) {
        List<CompletableFuture<List<ListedGroup>>> answers = new ArrayList<>();
        for (GroupShard shard : shards.values()) {
            answers.add(
                    shard.ask((state, reply) -> state.ports().reply(reply, GroupViews.list(state.groups(), request))));
        }
        return answers;
    }

    private <T> CompletableFuture<T> ask(String groupId, BiConsumer<State, CompletableFuture<T>> command) {
        GroupShard shard = partitions == 0 ? null : shards.get(partitionOf(groupId, partitions));
        return shard == null ? CompletableFuture.failedFuture(Errors.NOT_COORDINATOR.exception()) : shard.ask(command);
    }

    /** Ends offsets and groups whose retention is over; from time to time. */
    public void expire() {
        shards.values()
                .forEach(shard -> shard.tell(state -> {
                    state.offsets().expire();
                    state.offsets().forgetMissing(new ImageView(image)::topicId);
                }));
    }

    /** Everybody who waits hears NOT_COORDINATOR. */
    @Override
    public void close() {
        closed = true;
        endAll();
    }
}
