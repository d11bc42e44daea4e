/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.quorum.QuorumStatus;
import io.klamm.metadata.quorum.QuorumStatus.VoterProgress;
import io.klamm.metadata.quorum.VoterStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.junit.jupiter.api.Test;

/** How far everybody is, as the leader says it: voter 1 leads and has applied 100 facts, 2 follows closely, 3 lags; 4 and 5 tail. */
class DescribeQuorumHandlerTest {
    private static final long NOW_MS = 1_000_000;
    private static final long APPLIED = 100;
    private static final DigestStanding OWN_DIGESTS = new DigestStanding(90, -1);
    private static final List<Voter> VOTERS = List.of(voter(1), voter(2), voter(3));

    private long clockMs = NOW_MS;
    private final TailingBrokers tailing = new TailingBrokers(() -> clockMs);

    private static Voter voter(int node) {
        return new Voter(node, new Uuid(9, node), "localhost", 9000 + node);
    }

    private PartitionData describe(int asked) {
        QuorumStatus quorum = new QuorumStatus(
                1,
                7,
                APPLIED,
                List.of(
                        new VoterProgress(1, new Uuid(9, 1), 60, 0),
                        new VoterProgress(2, new Uuid(9, 2), 60, 30),
                        new VoterProgress(3, new Uuid(9, 3), 41, 900)));
        DescribeQuorumHandler handler = new DescribeQuorumHandler(
                asked,
                "CONTROLLER",
                new DescribeQuorumHandler.Own(
                        () -> new VoterStatus(asked, new Uuid(9, asked), VoterStatus.State.FORMED, VOTERS, APPLIED),
                        () -> quorum,
                        () -> OWN_DIGESTS),
                tailing,
                () -> clockMs,
                Authorizer.ALLOW_ALL);
        return handler.handle(
                        TestController.context(ApiKeys.DESCRIBE_QUORUM, 2),
                        DescribeQuorumRequest.singletonRequest(new TopicPartition("__cluster_metadata", 0)))
                .toCompletableFuture()
                .join()
                .topics()
                .get(0)
                .partitions()
                .get(0);
    }

    private static ReplicaState state(int node, Uuid directory, long endOffset, long seenMs, long caughtUpMs) {
        return new ReplicaState()
                .setReplicaId(node)
                .setReplicaDirectoryId(directory)
                .setLogEndOffset(endOffset)
                .setLastFetchTimestamp(seenMs)
                .setLastCaughtUpTimestamp(caughtUpMs);
    }

    @Test
    void eachVoterAndEachTailingBrokerHasItsOwnOffsetAndTimes() {
        clockMs = NOW_MS - 50;
        tailing.fetched(3, 80);
        tailing.fetched(4, APPLIED);
        tailing.fetched(5, 70);
        clockMs = NOW_MS;
        PartitionData data = withoutDigests(describe(1));
        assertThat(data.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(data.leaderId()).isEqualTo(1);
        assertThat(data.leaderEpoch()).isEqualTo(7);
        assertThat(data.highWatermark()).isEqualTo(APPLIED);
        assertThat(data.currentVoters())
                .containsExactly(
                        state(1, new Uuid(9, 1), APPLIED, NOW_MS, NOW_MS),
                        state(2, new Uuid(9, 2), APPLIED, NOW_MS - 30, NOW_MS - 30),
                        state(3, new Uuid(9, 3), 80, NOW_MS - 900, -1));
        assertThat(data.observers())
                .as("who votes does not observe")
                .containsExactly(
                        state(4, Uuid.ZERO_UUID, APPLIED, NOW_MS - 50, NOW_MS - 50),
                        state(5, Uuid.ZERO_UUID, 70, NOW_MS - 50, -1));
    }

    @Test
    void aVoterThatLagsAndSaysNothingHasNoOffset() {
        assertThat(withoutDigests(describe(1)).currentVoters().get(2))
                .isEqualTo(state(3, new Uuid(9, 3), -1, NOW_MS - 900, -1));
    }

    /** What it is told beside Kafka's fields has its own test. */
    private static PartitionData withoutDigests(PartitionData data) {
        data.currentVoters().forEach(state -> state.unknownTaggedFields().clear());
        data.observers().forEach(state -> state.unknownTaggedFields().clear());
        return data;
    }

    private static Map<Integer, DigestStanding> digests(PartitionData data) {
        Map<Integer, DigestStanding> digests = new TreeMap<>();
        Stream.concat(data.currentVoters().stream(), data.observers().stream()).forEach(state -> {
            DigestStanding standing = DigestField.in(state.unknownTaggedFields());
            if (standing != null) {
                digests.put(state.replicaId(), standing);
            }
        });
        return digests;
    }

    @Test
    void theLeaderTellsWhoseMetadataIsNotItsOwn() {
        DigestStanding equal = new DigestStanding(80, -1);
        DigestStanding other = new DigestStanding(20, 40);
        tailing.heard(2, APPLIED, equal);
        tailing.fetched(2, APPLIED);
        tailing.heard(3, APPLIED, null); // of an older version
        tailing.heard(4, APPLIED, other);
        tailing.heard(1, APPLIED, DigestStanding.NOT_COMPARED); // a moment ago
        assertThat(digests(describe(1))).isEqualTo(Map.of(1, OWN_DIGESTS, 2, equal, 4, other));
        assertThat(digests(describe(2))).as("who does not lead knows of itself").isEqualTo(Map.of(2, OWN_DIGESTS));
    }

    @Test
    void aVoterThatDoesNotLeadSaysSoBesideWhatItKnows() {
        PartitionData data = describe(2);
        assertThat(data.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(data.leaderId()).isEqualTo(1);
        assertThat(data.currentVoters()).hasSize(3);
    }
}
