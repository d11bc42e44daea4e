/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.controller.DescribeQuorumHandler;
import io.klamm.broker.controller.MetadataTopic;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.VoterProbe;
import io.klamm.metadata.quorum.VoterStatus;
import io.klamm.replication.peer.PeerConnector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Asks another voter how far it is, with DescribeQuorum; the other end is {@link DescribeQuorumHandler}. */
public final class QuorumProbe implements VoterProbe, AutoCloseable {
    private static final long TIMEOUT_MS = 2_000;

    private final VoterChannels channels;

    public QuorumProbe(PeerConnector connector) {
        this.channels = new VoterChannels(connector, "probe");
    }

    @Override
    public CompletableFuture<VoterStatus> ask(Voter voter) {
        return channels.send(voter, request(), TIMEOUT_MS).thenApply(response -> status(voter, response));
    }

    static DescribeQuorumRequestData request() {
        return new DescribeQuorumRequestData()
                .setTopics(List.of(new DescribeQuorumRequestData.TopicData()
                        .setTopicName(MetadataTopic.NAME)
                        .setPartitions(List.of(new DescribeQuorumRequestData.PartitionData()
                                .setPartitionIndex(MetadataTopic.PARTITION)))));
    }

    /** @throws RuntimeException when the answer is not one of a voter */
    static VoterStatus status(Voter asked, ApiMessage message) {
        DescribeQuorumResponseData response = (DescribeQuorumResponseData) message;
        if (response.errorCode() != Errors.NONE.code()
                || response.topics().isEmpty()
                || response.topics().get(0).partitions().isEmpty()) {
            throw new IllegalStateException(
                    "voter " + asked.nodeId() + " answers " + Errors.forCode(response.errorCode()));
        }
        PartitionData data = response.topics().get(0).partitions().get(0);
        if (data.leaderEpoch() == 0 && data.highWatermark() < 0) {
            if (data.currentVoters().isEmpty()) {
                throw new IllegalStateException("voter " + asked.nodeId() + " does not say who it is");
            }
            ReplicaState self = data.currentVoters().get(0);
            VoterStatus.State state = self.logEndOffset() == DescribeQuorumHandler.FORMING_LOG_END
                    ? VoterStatus.State.FORMING
                    : self.logEndOffset() == DescribeQuorumHandler.JOINING_LOG_END
                            ? VoterStatus.State.JOINING
                            : VoterStatus.State.EMPTY;
            return new VoterStatus(
                    self.replicaId(),
                    self.replicaDirectoryId(),
                    state,
                    state == VoterStatus.State.FORMING ? voters(response, data) : List.of(),
                    0);
        }
        List<Voter> voters = voters(response, data);
        Uuid directory = voters.stream()
                .filter(voter -> voter.nodeId() == asked.nodeId())
                .map(Voter::directoryId)
                .findFirst()
                .orElse(Uuid.ZERO_UUID);
        return new VoterStatus(asked.nodeId(), directory, VoterStatus.State.FORMED, voters, data.highWatermark());
    }

    private static List<Voter> voters(DescribeQuorumResponseData response, PartitionData data) {
        List<Voter> voters = new ArrayList<>();
        for (ReplicaState replica : data.currentVoters()) {
            Node node = response.nodes().find(replica.replicaId());
            Listener listener = node == null || node.listeners().isEmpty()
                    ? null
                    : node.listeners().iterator().next();
            voters.add(new Voter(
                    replica.replicaId(),
                    replica.replicaDirectoryId(),
                    listener == null ? "" : listener.host(),
                    listener == null ? 0 : listener.port()));
        }
        return voters;
    }

    @Override
    public void close() {
        channels.close();
    }
}
