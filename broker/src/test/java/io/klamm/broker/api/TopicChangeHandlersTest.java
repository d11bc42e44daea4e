/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.image.TopicImage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TopicChangeHandlersTest {
    private final TestImages images = new TestImages().broker(1);
    private final TestGateway gateway = new TestGateway();

    static List<Integer> createVersions() {
        return TestRequests.versions(ApiKeys.CREATE_TOPICS);
    }

    static List<Integer> deleteVersions() {
        return TestRequests.versions(ApiKeys.DELETE_TOPICS);
    }

    private CompletableFuture<CreateTopicsResponseData> create(Authorizer authorizer, int version, String... names) {
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(5000);
        for (String name : names) {
            request.topics().add(new CreatableTopic().setName(name).setNumPartitions(2));
        }
        return new CreateTopicsHandler(gateway, authorizer)
                .handle(TestRequests.context(ApiKeys.CREATE_TOPICS, version), request)
                .toCompletableFuture();
    }

    @ParameterizedTest
    @MethodSource("createVersions")
    void createIsForwardedAndTheAnswerComesBack(int version) {
        var future = create(Authorizer.ALLOW_ALL, version, "orders");
        assertThat(future).isNotDone();
        assertThat(gateway.only().timeoutMs()).isEqualTo(5000);
        CreateTopicsResponseData reply = new CreateTopicsResponseData();
        reply.topics().add(new CreatableTopicResult().setName("orders").setNumPartitions(2));
        gateway.only().reply().complete(reply);

        CreateTopicsResponseData response = TestRequests.answered(future, ApiKeys.CREATE_TOPICS, version);
        assertThat(response.topics().find("orders").errorCode()).isZero();
        if (version >= 5) {
            assertThat(response.topics().find("orders").numPartitions()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("createVersions")
    void whatIsRefusedHereIsNotForwarded(int version) {
        var future = create(
                TestRequests.denying(Operation.CREATE, "secret", "kafka-cluster"),
                version,
                "twice",
                "twice",
                "__cluster_metadata",
                "secret",
                "orders");
        CreateTopicsRequestData forwarded =
                (CreateTopicsRequestData) gateway.only().request();
        assertThat(forwarded.topics()).extracting(CreatableTopic::name).containsExactly("orders");
        CreateTopicsResponseData reply = new CreateTopicsResponseData();
        reply.topics().add(new CreatableTopicResult().setName("orders"));
        gateway.only().reply().complete(reply);

        CreateTopicsResponseData response = TestRequests.answered(future, ApiKeys.CREATE_TOPICS, version);
        assertThat(response.topics()).hasSize(4);
        assertThat(response.topics().find("twice").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(response.topics().find("__cluster_metadata").errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
        assertThat(response.topics().find("secret").errorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    @Test
    void configurationIsHiddenFromThoseWhoMayNotSeeIt() {
        var future = create(TestRequests.denying(Operation.DESCRIBE_CONFIGS), 7, "orders");
        CreateTopicsResponseData reply = new CreateTopicsResponseData();
        reply.topics().add(new CreatableTopicResult().setName("orders").setNumPartitions(2));
        gateway.only().reply().complete(reply);

        CreatableTopicResult result =
                TestRequests.answered(future, ApiKeys.CREATE_TOPICS, 7).topics().find("orders");
        assertThat(result.errorCode()).isZero();
        assertThat(result.topicConfigErrorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
        assertThat(result.numPartitions()).isEqualTo(-1);
    }

    private CompletableFuture<DeleteTopicsResponseData> delete(
            Authorizer authorizer, boolean enabled, int version, DeleteTopicsRequestData request) {
        return new DeleteTopicsHandler(images, gateway, authorizer, enabled)
                .handle(TestRequests.context(ApiKeys.DELETE_TOPICS, version), request)
                .toCompletableFuture();
    }

    private static DeleteTopicsRequestData byName(int version, String... names) {
        DeleteTopicsRequestData request = new DeleteTopicsRequestData().setTimeoutMs(5000);
        for (String name : names) {
            if (version < 6) {
                request.topicNames().add(name);
            } else {
                request.topics().add(new DeleteTopicState().setName(name));
            }
        }
        return request;
    }

    @ParameterizedTest
    @MethodSource("deleteVersions")
    void deleteIsForwardedInTheFormOfItsVersion(int version) {
        images.topic("secret", 1, 1);
        var future = delete(
                TestRequests.denying(Operation.DELETE, "secret"), true, version, byName(version, "orders", "secret"));
        DeleteTopicsRequestData forwarded =
                (DeleteTopicsRequestData) gateway.only().request();
        if (version < 6) {
            assertThat(forwarded.topicNames()).containsExactly("orders");
        } else {
            assertThat(forwarded.topics()).extracting(DeleteTopicState::name).containsExactly("orders");
        }
        DeleteTopicsResponseData reply = new DeleteTopicsResponseData();
        reply.responses().add(new DeletableTopicResult().setName("orders"));
        gateway.only().reply().complete(reply);

        DeleteTopicsResponseData response = TestRequests.answered(future, ApiKeys.DELETE_TOPICS, version);
        assertThat(response.responses().find("orders").errorCode()).isZero();
        assertThat(response.responses().find("secret").errorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    @ParameterizedTest
    @MethodSource("deleteVersions")
    void deletionCanBeSwitchedOff(int version) {
        var future = delete(Authorizer.ALLOW_ALL, false, version, byName(version, "orders"));
        short code = TestRequests.answered(future, ApiKeys.DELETE_TOPICS, version)
                .responses()
                .find("orders")
                .errorCode();
        assertThat(Errors.forCode(code))
                .isEqualTo(version < 3 ? Errors.INVALID_REQUEST : Errors.TOPIC_DELETION_DISABLED);
        assertThat(gateway.sent).isEmpty();
    }

    @Test
    void deleteByIdHidesTheNameAndRefusesNonsense() {
        TopicImage secret = images.topic("secret", 1, 1);
        DeleteTopicsRequestData request = new DeleteTopicsRequestData();
        request.topics().add(new DeleteTopicState().setTopicId(secret.id()).setName(null));
        request.topics().add(new DeleteTopicState().setTopicId(new Uuid(1, 1)).setName("both"));
        request.topics().add(new DeleteTopicState().setName("twice"));
        request.topics().add(new DeleteTopicState().setName("twice"));
        var future = delete(TestRequests.denying(Operation.DELETE, "secret"), true, 6, request);
        gateway.only().reply().complete(new DeleteTopicsResponseData());

        DeleteTopicsResponseData response = TestRequests.answered(future, ApiKeys.DELETE_TOPICS, 6);
        assertThat(response.responses())
                .extracting(result -> result.name() + " " + Errors.forCode(result.errorCode()))
                .containsExactlyInAnyOrder(
                        "null TOPIC_AUTHORIZATION_FAILED", "both INVALID_REQUEST", "twice INVALID_REQUEST");
    }

    @Test
    void anIdThatMayNotBeDescribedIsUnknown() {
        TopicImage secret = images.topic("secret", 1, 1);
        DeleteTopicsRequestData request = new DeleteTopicsRequestData();
        request.topics().add(new DeleteTopicState().setTopicId(secret.id()).setName(null));
        Authorizer nothing = (context, operation, resource, name) -> false;

        DeleteTopicsResponseData response =
                TestRequests.answered(delete(nothing, true, 6, request), ApiKeys.DELETE_TOPICS, 6);

        assertThat(response.responses().iterator().next().errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
    }

    @Test
    void describeQuorumGoesToTheController() {
        RequestContext context = TestRequests.context(ApiKeys.DESCRIBE_QUORUM, 2);
        ForwardHandler handler =
                new ForwardHandler(ApiKeys.DESCRIBE_QUORUM, Operation.DESCRIBE, gateway, Authorizer.ALLOW_ALL, 1000);
        var future = handler.handle(context, new DescribeQuorumRequestData()).toCompletableFuture();
        ApiMessage reply = new DescribeQuorumResponseData();
        gateway.only().reply().complete(reply);
        assertThat(future).isCompletedWithValue(reply);
        assertThat(gateway.only().context()).isEqualTo(context);

        ForwardHandler denied = new ForwardHandler(
                ApiKeys.DESCRIBE_QUORUM, Operation.DESCRIBE, gateway, TestRequests.denying(Operation.DESCRIBE), 1000);
        assertThatThrownBy(() -> denied.handle(context, new DescribeQuorumRequestData()))
                .isInstanceOf(ClusterAuthorizationException.class);
    }
}
