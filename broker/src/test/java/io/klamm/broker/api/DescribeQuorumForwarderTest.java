/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.junit.jupiter.api.Test;

class DescribeQuorumForwarderTest {
    private final MetadataImage image = MetadataImage.EMPTY.apply(List.of(new ClusterCreated(
            "cluster",
            List.of(
                    new Voter(1, new Uuid(1, 1), "host1", 9093),
                    new Voter(2, new Uuid(2, 2), "host2", 9093),
                    new Voter(3, new Uuid(3, 3), "host3", 9093)))));
    private final TestGateway gateway = new TestGateway();
    private final DescribeQuorumForwarder handler =
            new DescribeQuorumForwarder(gateway, () -> image, "CONTROLLER", Authorizer.ALLOW_ALL);

    private CompletionStage<DescribeQuorumResponseData> ask(int version) {
        DescribeQuorumRequestData request =
                DescribeQuorumRequest.singletonRequest(new TopicPartition("__cluster_metadata", 0));
        return handler.handle(TestRequests.context(ApiKeys.DESCRIBE_QUORUM, version), request);
    }

    @Test
    void theControllersAnswerCounts() {
        CompletionStage<DescribeQuorumResponseData> answer = ask(2);
        DescribeQuorumResponseData expected = new DescribeQuorumResponseData().setErrorMessage("of the controller");
        gateway.only().reply().complete(expected);
        assertThat(answer).isCompletedWithValue(expected);
    }

    @Test
    void withoutAControllerThisNodeSaysWhoVotes() {
        for (int version : TestRequests.versions(ApiKeys.DESCRIBE_QUORUM)) {
            gateway.sent.clear();
            CompletionStage<DescribeQuorumResponseData> answer = ask(version);
            gateway.only().reply().completeExceptionally(new TimeoutException("No controller has answered."));

            DescribeQuorumResponseData response = TestRequests.answered(answer, ApiKeys.DESCRIBE_QUORUM, version);
            PartitionData partition = response.topics().get(0).partitions().get(0);
            assertThat(partition.errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
            assertThat(partition.leaderId()).isEqualTo(-1);
            assertThat(partition.highWatermark()).isEqualTo(image.endOffset());
            assertThat(partition.currentVoters())
                    .extracting(DescribeQuorumResponseData.ReplicaState::replicaId)
                    .containsExactly(1, 2, 3);
            if (version >= 2) {
                DescribeQuorumResponseData.Node voter = response.nodes().find(3);
                assertThat(voter.listeners().find("CONTROLLER").host()).isEqualTo("host3");
            }
        }
    }
}
