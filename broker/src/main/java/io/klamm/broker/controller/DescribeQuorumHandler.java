/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ApiHandler;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.broker.security.Authorizer.Resource;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.quorum.QuorumStatus;
import io.klamm.metadata.quorum.VoterStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * DescribeQuorum, by any voter and before the quorum runs: it is also how voters ask each other whether the quorum has formed
 * (design, section 4). A leader answers without error, other voters with NOT_LEADER_OR_FOLLOWER (admin clients ask again)
 * beside everything they know: leader, epoch, voters with directory ids. A voter that has not formed names no leader,
 * epoch 0, high watermark -1, and itself as the first voter, whose log end is {@link #EMPTY_LOG_END}, {@link #FORMING_LOG_END} or {@link #JOINING_LOG_END}. While
 * it is forming the voters that it forms the quorum with follow: it may have voted with them already, so one of them that comes
 * with another directory must learn that it is not one of them. Replicas whose metadata was compared with the active controller's carry a
 * {@link DigestField}: the leader tells of all, another voter of itself.
 */
public final class DescribeQuorumHandler implements ApiHandler<DescribeQuorumRequestData> {
    /** Log end offset of a voter whose directory is empty. */
    public static final long EMPTY_LOG_END = -1;
    /** Log end offset of a voter that is forming the quorum. */
    public static final long FORMING_LOG_END = 0;
    /** Log end offset of a voter that waits to be taken into a quorum. */
    public static final long JOINING_LOG_END = -2;

    private static final short FIRST_VERSION_WITH_NODES = 2;

    /**
     * The voter that answers.
     *
     * @param status what it says of itself; always available
     * @param quorum asked only when the quorum has formed
     * @param digests how its metadata compares with what the active controllers have recorded
     */
    public record Own(Supplier<VoterStatus> status, Supplier<QuorumStatus> quorum, Supplier<DigestStanding> digests) {}

    private final int nodeId;
    private final String listenerName;
    private final Own own;
    private final TailingBrokers tailing;
    private final LongSupplier wallClockMs;
    private final Authorizer authorizer;

    /** @param listenerName name of the CONTROLLER listener */
    public DescribeQuorumHandler(
            int nodeId,
            String listenerName,
            Own own,
            TailingBrokers tailing,
            LongSupplier wallClockMs,
            Authorizer authorizer) {
        this.nodeId = nodeId;
        this.listenerName = listenerName;
        this.own = own;
        this.tailing = tailing;
        this.wallClockMs = wallClockMs;
        this.authorizer = authorizer;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_QUORUM;
    }

    @Override
    public CompletionStage<DescribeQuorumResponseData> handle(
            RequestContext context, DescribeQuorumRequestData request) {
        DescribeQuorumResponseData response = new DescribeQuorumResponseData();
        if (!authorizer.allows(context, Operation.DESCRIBE, Resource.CLUSTER, "kafka-cluster")) {
            return CompletableFuture.completedFuture(response.setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code()));
        }
        VoterStatus status = own.status().get();
        for (DescribeQuorumRequestData.TopicData topic : request.topics()) {
            List<PartitionData> partitions = new ArrayList<>();
            for (DescribeQuorumRequestData.PartitionData partition : topic.partitions()) {
                boolean known = topic.topicName().equals(MetadataTopic.NAME)
                        && partition.partitionIndex() == MetadataTopic.PARTITION;
                PartitionData data = known ? describe(status) : unknown();
                partitions.add(data.setPartitionIndex(partition.partitionIndex()));
            }
            response.topics()
                    .add(new DescribeQuorumResponseData.TopicData()
                            .setTopicName(topic.topicName())
                            .setPartitions(partitions));
        }
        if (context.version() >= FIRST_VERSION_WITH_NODES) {
            addNodes(response, status);
        } else {
            response.topics().forEach(topic -> topic.partitions().forEach(DescribeQuorumHandler::withoutDirectories));
        }
        return CompletableFuture.completedFuture(response);
    }

    /** Versions without directory ids, and without addresses, cannot be written with them. */
    private static void withoutDirectories(PartitionData partition) {
        partition.currentVoters().forEach(voter -> voter.setReplicaDirectoryId(Uuid.ZERO_UUID));
        partition.observers().forEach(observer -> observer.setReplicaDirectoryId(Uuid.ZERO_UUID));
    }

    private PartitionData describe(VoterStatus status) {
        if (status.state() != VoterStatus.State.FORMED) {
            return new PartitionData()
                    .setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())
                    .setErrorMessage(
                            status.state() == VoterStatus.State.JOINING
                                    ? "This voter waits to be taken into the quorum; it has the metadata below offset "
                                            + status.endOffset() + "."
                                    : "The quorum has not formed yet.")
                    .setLeaderId(-1)
                    .setLeaderEpoch(0)
                    .setHighWatermark(-1)
                    .setCurrentVoters(unformed(status));
        }
        QuorumStatus quorum = own.quorum().get();
        Errors error = quorum.leaderId() == nodeId ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER;
        Map<Integer, TailingBrokers.Progress> progress = tailing.all();
        List<ReplicaState> voters = voters(status, quorum, progress);
        List<ReplicaState> observers = new ArrayList<>();
        progress.forEach((observer, heard) -> observers.add(withDigests(
                new ReplicaState()
                        .setReplicaId(observer)
                        .setLogEndOffset(heard.endOffset())
                        .setLastFetchTimestamp(heard.seenMs())
                        .setLastCaughtUpTimestamp(heard.endOffset() >= quorum.appliedOffset() ? heard.seenMs() : -1),
                error == Errors.NONE ? heard.digests() : null)));
        return new PartitionData()
                .setErrorCode(error.code())
                .setErrorMessage(error == Errors.NONE ? null : error.message())
                .setLeaderId(quorum.leaderId())
                .setLeaderEpoch(Math.max(1, quorum.term()))
                .setHighWatermark(quorum.appliedOffset())
                .setCurrentVoters(voters)
                .setObservers(observers);
    }

    /** The voter itself first. */
    private static List<ReplicaState> unformed(VoterStatus status) {
        List<ReplicaState> voters = new ArrayList<>();
        voters.add(new ReplicaState()
                .setReplicaId(status.nodeId())
                .setReplicaDirectoryId(status.directoryId())
                .setLogEndOffset(
                        switch (status.state()) {
                            case FORMING -> FORMING_LOG_END;
                            case JOINING -> JOINING_LOG_END;
                            case EMPTY, FORMED -> EMPTY_LOG_END;
                        }));
        for (Voter voter : status.voters()) {
            if (voter.nodeId() != status.nodeId() && status.state() == VoterStatus.State.FORMING) {
                voters.add(new ReplicaState()
                        .setReplicaId(voter.nodeId())
                        .setReplicaDirectoryId(voter.directoryId())
                        .setLogEndOffset(EMPTY_LOG_END));
            }
        }
        return voters;
    }

    /** Takes the voters out of {@code progress}: who votes does not observe. */
    private List<ReplicaState> voters(
            VoterStatus status, QuorumStatus quorum, Map<Integer, TailingBrokers.Progress> progress) {
        Map<Integer, QuorumStatus.VoterProgress> raft = new TreeMap<>();
        quorum.voters().forEach(voter -> raft.put(voter.nodeId(), voter));
        long newestIndex = quorum.voters().stream()
                .mapToLong(QuorumStatus.VoterProgress::nextIndex)
                .max()
                .orElse(-1);
        long now = wallClockMs.getAsLong();
        boolean leads = quorum.leaderId() == nodeId;
        List<ReplicaState> states = new ArrayList<>();
        for (Voter voter : status.voters()) {
            TailingBrokers.Progress heard = progress.remove(voter.nodeId());
            QuorumStatus.VoterProgress known = raft.get(voter.nodeId());
            boolean self = voter.nodeId() == nodeId;
            boolean caughtUp = self || (known != null && known.nextIndex() >= 0 && known.nextIndex() >= newestIndex);
            long seenMs = self
                    ? now
                    : known != null && known.lastContactMs() >= 0
                            ? now - known.lastContactMs()
                            : heard != null ? heard.seenMs() : -1;
            DigestStanding told = leads && heard != null ? heard.digests() : null;
            states.add(withDigests(
                    new ReplicaState()
                            .setReplicaId(voter.nodeId())
                            .setReplicaDirectoryId(voter.directoryId())
                            .setLogEndOffset(caughtUp ? quorum.appliedOffset() : heard != null ? heard.endOffset() : -1)
                            .setLastFetchTimestamp(seenMs)
                            .setLastCaughtUpTimestamp(caughtUp ? seenMs : -1),
                    self ? own.digests().get() : told));
        }
        return states;
    }

    /** Brokers send them to the leader only: what another voter was told when it led is past. */
    private static ReplicaState withDigests(ReplicaState state, @Nullable DigestStanding digests) {
        if (digests != null) {
            state.unknownTaggedFields().add(DigestField.of(digests));
        }
        return state;
    }

    private void addNodes(DescribeQuorumResponseData response, VoterStatus status) {
        for (Voter voter : status.voters()) {
            Node node = new Node().setNodeId(voter.nodeId());
            node.listeners()
                    .add(new Listener()
                            .setName(listenerName)
                            .setHost(voter.host())
                            .setPort(voter.port()));
            response.nodes().add(node);
        }
    }

    private static PartitionData unknown() {
        return new PartitionData()
                .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code())
                .setErrorMessage(Errors.UNKNOWN_TOPIC_OR_PARTITION.message());
    }
}
