/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.TopicImage;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MetadataHandlerTest {
    private static final int NEWEST = 13;

    private final TestImages images = new TestImages().broker(1).broker(2).broker(3);
    private final TestGateway gateway = new TestGateway();
    private int quorumLeader = 2;
    private MetadataHandler handler = handler(Authorizer.ALLOW_ALL, true);

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.METADATA);
    }

    private MetadataHandler handler(Authorizer authorizer, boolean autoCreate) {
        return new MetadataHandler(
                request -> CompletableFuture.completedFuture(images.get()),
                () -> quorumLeader,
                gateway,
                authorizer,
                autoCreate);
    }

    private MetadataResponseData ask(int version, MetadataRequestData request) {
        CompletionStage<MetadataResponseData> stage =
                handler.handle(TestRequests.context(ApiKeys.METADATA, version), request);
        return TestRequests.answered(stage, ApiKeys.METADATA, version);
    }

    private static MetadataRequestData all(int version) {
        return new MetadataRequestData().setTopics(version == 0 ? List.of() : null);
    }

    private static MetadataRequestData named(String... names) {
        return new MetadataRequestData()
                .setTopics(Arrays.stream(names)
                        .map(name -> new MetadataRequestTopic().setName(name))
                        .toList());
    }

    private static MetadataRequestData byId(Uuid id) {
        return new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestTopic().setTopicId(id).setName(null)));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void listsBrokersOfTheListenerAndAllTopics(int version) {
        images.fencedBroker(4, TestImages.LISTENER).fencedBroker(5, "ELSEWHERE");
        TopicImage orders = images.topic("orders", 2, 1, 2);
        images.topic("__consumer_offsets", 1, 3);

        MetadataResponseData response = ask(version, all(version));

        assertThat(response.brokers())
                .extracting(broker -> broker.nodeId() + "@" + broker.host() + ":" + broker.port())
                .containsExactly("1@host1:9001", "2@host2:9002", "3@host3:9003");
        if (version >= 1) {
            assertThat(response.controllerId()).isEqualTo(2);
            assertThat(response.topics().find("__consumer_offsets").isInternal())
                    .isTrue();
            assertThat(response.brokers().find(1).rack()).isEqualTo("rack1");
        }
        if (version >= 2) {
            assertThat(response.clusterId()).isEqualTo("test-cluster");
        }
        MetadataResponseTopic topic = response.topics().find("orders");
        assertThat(topic.errorCode()).isZero();
        assertThat(topic.topicId()).isEqualTo(version >= 10 ? orders.id() : Uuid.ZERO_UUID);
        assertThat(topic.partitions()).hasSize(2);
        MetadataResponsePartition partition = topic.partitions().get(1);
        assertThat(partition.leaderId()).isEqualTo(1);
        assertThat(partition.replicaNodes()).containsExactly(1, 2);
        assertThat(partition.isrNodes()).containsExactly(1, 2);
        if (version >= 7) {
            assertThat(partition.leaderEpoch()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void showsDeadReplicasAndMissingLeaders(int version) {
        images.fencedBroker(4, TestImages.LISTENER);
        TopicImage topic = images.topic("orders", 2, 1, 4);
        images.leader(topic, 0, PartitionState.NO_LEADER, 6);

        List<MetadataResponsePartition> partitions =
                ask(version, named("orders")).topics().find("orders").partitions();

        assertThat(partitions.get(0).errorCode()).isEqualTo(Errors.LEADER_NOT_AVAILABLE.code());
        assertThat(partitions.get(0).leaderId()).isEqualTo(-1);
        if (version == 0) {
            assertThat(partitions.get(1).errorCode()).isEqualTo(Errors.REPLICA_NOT_AVAILABLE.code());
            assertThat(partitions.get(1).replicaNodes()).containsExactly(1);
        } else {
            assertThat(partitions.get(1).errorCode()).isZero();
            assertThat(partitions.get(1).replicaNodes()).containsExactly(1, 4);
        }
        if (version >= 5) {
            assertThat(partitions.get(1).offlineReplicas()).containsExactly(4);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void createsWhatIsMissingOnceAndSaysUnknown(int version) {
        MetadataResponseData response = ask(version, named("fresh", "no/name", "__cluster_metadata"));

        assertThat(error(response, "fresh")).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(error(response, "no/name")).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(error(response, "__cluster_metadata")).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        CreateTopicsRequestData created =
                (CreateTopicsRequestData) gateway.only().request();
        assertThat(created.topics()).extracting(topic -> topic.name()).containsExactly("fresh");
        assertThat(created.topics().find("fresh").numPartitions()).isEqualTo(-1);

        ask(version, named("fresh"));
        assertThat(gateway.sent).as("still being created").hasSize(1);
        gateway.only().reply().complete(new CreateTopicsResponseData());
        ask(version, named("fresh"));
        assertThat(gateway.sent).hasSize(2);
    }

    @Test
    void createsNothingWhenNobodyWantsItOrMay() {
        ask(NEWEST, named("fresh").setAllowAutoTopicCreation(false));
        handler = handler(Authorizer.ALLOW_ALL, false);
        ask(NEWEST, named("fresh"));
        handler = handler(TestRequests.denying(Operation.CREATE), true);
        assertThat(error(ask(NEWEST, named("fresh")), "fresh")).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED);
        assertThat(gateway.sent).isEmpty();
    }

    @Test
    void hidesTopicsThatTheClientMayNotDescribe() {
        images.topic("orders", 1, 1);
        TopicImage secret = images.topic("secret", 1, 1);
        handler = handler(TestRequests.denying(Operation.DESCRIBE, "secret", "missing"), true);

        assertThat(ask(NEWEST, all(NEWEST)).topics())
                .extracting(MetadataResponseTopic::name)
                .containsExactly("orders");
        MetadataResponseData named = ask(NEWEST, named("secret", "missing"));
        assertThat(error(named, "secret")).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED);
        assertThat(error(named, "missing")).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED);
        MetadataResponseTopic byId =
                ask(NEWEST, byId(secret.id())).topics().iterator().next();
        assertThat(byId.errorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
        assertThat(byId.name()).isNull();
    }

    @Test
    void findsTopicsByIdFromVersion12On() {
        TopicImage orders = images.topic("orders", 1, 1);

        assertThat(ask(12, byId(orders.id())).topics().find("orders").errorCode())
                .isZero();
        MetadataResponseTopic unknown =
                ask(12, byId(new Uuid(1, 1))).topics().iterator().next();
        assertThat(unknown.errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
        assertThat(unknown.topicId()).isEqualTo(new Uuid(1, 1));
        assertThat(ask(11, byId(orders.id())).topics().iterator().next().errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
    }

    @Test
    void anyLiveBrokerStandsInForAControllerThatIsNone() {
        quorumLeader = 100;
        assertThat(ask(NEWEST, all(NEWEST)).controllerId()).isEqualTo(1);
        quorumLeader = -1;
        assertThat(ask(NEWEST, all(NEWEST)).controllerId()).isEqualTo(1);
    }

    @Test
    void aLeaderOffTheListenerIsSaidSo() {
        images.fencedBroker(6, "ELSEWHERE");
        images.apply(new io.klamm.metadata.fact.BrokerUnfenced(6, images.get().endOffset() - 1));
        images.topic("orders", 1, 6, 1);

        assertThat(ask(NEWEST, named("orders"))
                        .topics()
                        .find("orders")
                        .partitions()
                        .get(0)
                        .errorCode())
                .isEqualTo(Errors.LISTENER_NOT_FOUND.code());
        assertThat(ask(5, named("orders"))
                        .topics()
                        .find("orders")
                        .partitions()
                        .get(0)
                        .errorCode())
                .isEqualTo(Errors.LEADER_NOT_AVAILABLE.code());
    }

    @Test
    void authorizedOperationsAreBitsOfKafkasCodes() {
        images.topic("orders", 1, 1);
        handler = handler(TestRequests.denying(Operation.DELETE), true);

        MetadataResponseData response = ask(
                10,
                named("orders").setIncludeTopicAuthorizedOperations(true).setIncludeClusterAuthorizedOperations(true));

        int read = 1 << 3;
        int delete = 1 << 6;
        assertThat(response.topics().find("orders").topicAuthorizedOperations() & (read | delete))
                .isEqualTo(read);
        assertThat(response.clusterAuthorizedOperations() & 1 << 9).isNotZero();
    }

    private static Errors error(MetadataResponseData response, String topic) {
        return Errors.forCode(response.topics().find(topic).errorCode());
    }
}
