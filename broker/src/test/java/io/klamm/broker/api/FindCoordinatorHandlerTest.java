/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.GroupCoordinators;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FindCoordinatorHandlerTest {
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;

    private final TestImages images = new TestImages().broker(1).broker(2);
    private final TestGateway gateway = new TestGateway();

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.FIND_COORDINATOR);
    }

    private Coordinator find(Authorizer authorizer, int version, byte type, String key) {
        FindCoordinatorRequestData request = new FindCoordinatorRequestData().setKeyType(type);
        if (version < 4) {
            request.setKey(key);
        } else {
            request.setCoordinatorKeys(List.of(key));
        }
        OffsetsTopic offsetsTopic = new OffsetsTopic(gateway, 5, (short) -1, 1 << 20, 1000);
        FindCoordinatorResponseData answer = TestRequests.answered(
                new FindCoordinatorHandler(
                                images,
                                homes -> CompletableFuture.completedFuture(images.get()),
                                offsetsTopic,
                                authorizer)
                        .handle(TestRequests.context(ApiKeys.FIND_COORDINATOR, version), request),
                ApiKeys.FIND_COORDINATOR,
                version);
        return version >= 4
                ? answer.coordinators().get(0)
                : new Coordinator()
                        .setErrorCode(answer.errorCode())
                        .setNodeId(answer.nodeId())
                        .setHost(answer.host())
                        .setPort(answer.port());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void theFirstQuestionCreatesTheTopic(int version) {
        Coordinator answer = find(Authorizer.ALLOW_ALL, version, GROUP, "orders");

        assertThat(answer.errorCode()).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE.code());
        CreateTopicsRequestData sent = (CreateTopicsRequestData) gateway.only().request();
        CreatableTopic topic = sent.topics().find("__consumer_offsets");
        assertThat(topic.numPartitions()).isEqualTo(5);
        assertThat(topic.replicationFactor()).isEqualTo((short) -1);
        assertThat(topic.configs().find("cleanup.policy").value()).isEqualTo("compact");
    }

    @ParameterizedTest
    @MethodSource("versions")
    void theLeaderOfTheGroupsHomeIsItsCoordinator(int version) {
        TopicImage topic = images.topic("__consumer_offsets", 5, 1, 2);
        int home = GroupCoordinators.partitionOf("orders", 5);
        images.leader(topic, home, 2, 6);

        Coordinator answer = find(Authorizer.ALLOW_ALL, version, GROUP, "orders");

        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer.nodeId()).isEqualTo(2);
        assertThat(answer.host()).isEqualTo("host2");
        assertThat(answer.port()).isEqualTo(9002);
        images.leader(topic, home, -1, 7);
        assertThat(find(Authorizer.ALLOW_ALL, version, GROUP, "orders").errorCode())
                .isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE.code());
        assertThat(gateway.sent).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void theAnswerWaitsForTheNewLeaderOfTheHome(int version) {
        TopicImage topic = images.topic("__consumer_offsets", 5, 1, 2);
        PartitionId home = new PartitionId(topic.id(), GroupCoordinators.partitionOf("orders", 5));
        images.leader(topic, home.partition(), 1, 6);
        List<PartitionId> asked = new ArrayList<>();
        CompletableFuture<MetadataImage> held = new CompletableFuture<>();
        OffsetsTopic offsetsTopic = new OffsetsTopic(gateway, 5, (short) -1, 1 << 20, 1000);
        FindCoordinatorHandler handler = new FindCoordinatorHandler(
                images,
                homes -> {
                    asked.addAll(homes);
                    return held;
                },
                offsetsTopic,
                Authorizer.ALLOW_ALL);

        CompletableFuture<FindCoordinatorResponseData> answer = handler.handle(
                        TestRequests.context(ApiKeys.FIND_COORDINATOR, version),
                        version < 4
                                ? new FindCoordinatorRequestData().setKey("orders")
                                : new FindCoordinatorRequestData().setCoordinatorKeys(List.of("orders", "orders")))
                .toCompletableFuture();

        assertThat(asked).containsExactly(home);
        assertThat(answer).isNotDone();
        images.leader(topic, home.partition(), 2, 7);
        held.complete(images.get());
        assertThat(
                        version < 4
                                ? answer.join().nodeId()
                                : answer.join().coordinators().get(1).nodeId())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void whoMayNotDescribeTheGroupLearnsNothing(int version) {
        Authorizer nobody = (context, operation, resource, name) -> false;

        assertThat(find(nobody, version, GROUP, "orders").errorCode())
                .isEqualTo(Errors.GROUP_AUTHORIZATION_FAILED.code());
        assertThat(gateway.sent).isEmpty();
        if (version > 0) {
            assertThat(find(Authorizer.ALLOW_ALL, version, TRANSACTION, "pay").errorCode())
                    .isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE.code());
            assertThat(find(Authorizer.ALLOW_ALL, version, (byte) 9, "x").errorCode())
                    .isEqualTo(Errors.INVALID_REQUEST.code());
        }
    }
}
