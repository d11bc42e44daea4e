/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.FactHistory;
import io.klamm.metadata.quorum.VoterStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no node asks of a controller, but anybody may who reaches its listener. */
@Timeout(30)
class HostileControllerRequestsTest {
    private final TestController cluster = new TestController(1);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void stop() {
        timer.shutdownNow();
        cluster.controller.close();
    }

    private static void assertCanBeTold(ApiMessage answer, int version) {
        assertThatCode(() -> MessageUtil.toByteBufferAccessor(answer, (short) version))
                .doesNotThrowAnyException();
    }

    /** Meant for the client; the broker between them would tell it UNKNOWN_SERVER_ERROR. */
    @Test
    void aRefusalInAnEnvelopeIsTheRequestsOwn() {
        EnvelopeHandler envelopes = new EnvelopeHandler(
                cluster.controller,
                Authorizer.ALLOW_ALL,
                List.of(new ElectLeadersHandler(cluster.controller, Authorizer.ALLOW_ALL)));
        RequestContext client = TestController.context(ApiKeys.ELECT_LEADERS, 2);
        ElectLeadersRequestData request = new ElectLeadersRequestData().setElectionType((byte) 9);
        EnvelopeResponseData answer = envelopes
                .handle(TestController.context(ApiKeys.ENVELOPE, 0), ForwardedRequest.encode(client, request))
                .toCompletableFuture()
                .join();
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
        ElectLeadersResponseData told =
                (ElectLeadersResponseData) ForwardedRequest.decodeResponse(client, answer.responseData());
        assertThat(Errors.forCode(told.errorCode())).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void theFirstVersionOfDescribeClusterKnowsNoKindsOfEndpoints() {
        ControllerDescribeClusterHandler handler = new ControllerDescribeClusterHandler(
                "cluster",
                List.of(new Voter(1, new Uuid(9, 1), "localhost", 9001)),
                () -> new VoterStatus(1, new Uuid(9, 1), VoterStatus.State.FORMED, List.of(), 0),
                () -> 1,
                Authorizer.ALLOW_ALL);
        DescribeClusterResponseData answer = handler.handle(
                        TestController.context(ApiKeys.DESCRIBE_CLUSTER, 0), new DescribeClusterRequestData())
                .toCompletableFuture()
                .join();
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.MISMATCHED_ENDPOINT_TYPE);
        assertCanBeTold(answer, 0);
    }

    @Test
    void theMetadataTopicIsReadInOldVersionsToo() {
        MetadataFetchHandler handler = new MetadataFetchHandler(
                "cluster",
                new NothingApplied(),
                () -> new MetadataFetchHandler.Leader(1, 7),
                new TailingBrokers(() -> 0),
                timer,
                Authorizer.ALLOW_ALL);
        for (int version = 4; version <= 12; version++) {
            FetchRequestData request = new FetchRequestData().setMaxWaitMs(0);
            FetchTopic topic = new FetchTopic().setTopic(MetadataTopic.NAME);
            topic.partitions().add(new FetchPartition().setPartition(MetadataTopic.PARTITION));
            request.topics().add(topic);
            FetchResponseData answer = handler.handle(TestController.context(ApiKeys.FETCH, version), request)
                    .toCompletableFuture()
                    .join();
            assertCanBeTold(answer, version);
            assertThat(answer.responses()
                            .get(0)
                            .partitions()
                            .get(0)
                            .currentLeader()
                            .leaderEpoch())
                    .isEqualTo(version < 12 ? -1 : 7);
        }
    }

    private static final class NothingApplied implements FactHistory {
        @Override
        public long startOffset() {
            return 0;
        }

        @Override
        public long endOffset() {
            return 0;
        }

        @Override
        public List<ByteBuffer> read(long offset, int maxBytes) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> awaitAbove(long offset) {
            return new CompletableFuture<>();
        }
    }
}
