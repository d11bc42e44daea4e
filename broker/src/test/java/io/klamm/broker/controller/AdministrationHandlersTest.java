/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.broker.config.DynamicConfigs;
import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.controller.NewTopic;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms, rights and errors of what administrators send. Topic "orders" has two partitions on brokers 1 and 2. */
@Timeout(30)
class AdministrationHandlersTest {
    private static final byte TOPIC = 2;
    private static final byte BROKER = 4;
    private static final byte SET = 0;
    private static final NodeConfig NODE = NodeConfig.parse(Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@localhost:9093",
            "listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
            "controller.listener.names", "CONTROLLER",
            "log.dirs", "/nowhere"));

    private final TestController cluster = new TestController(2);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final PublishedOffsets published = new PublishedOffsets(timer);

    @BeforeEach
    void createTopic() {
        cluster.controller
                .createTopics("test", List.of(new NewTopic("orders", 2, (short) 2, Map.of(), Map.of())), false, 30_000)
                .join();
    }

    @AfterEach
    void stop() {
        published.close();
        timer.shutdownNow();
        cluster.close();
    }

    /** The answer as the client reads it in this version: what cannot be encoded fails. */
    @SuppressWarnings("unchecked")
    private static <R extends ApiMessage> R answered(CompletionStage<R> stage, ApiKeys api, int version) {
        R response = stage.toCompletableFuture().join();
        ApiMessage read = ApiMessageType.fromApiKey(api.id).newResponse();
        read.read(
                new ByteBufferAccessor(MessageUtil.toByteBufferAccessor(response, (short) version)
                        .buffer()),
                (short) version);
        return (R) read;
    }

    private ConfigAlterations alterations(Authorizer authorizer) {
        return new ConfigAlterations(cluster.controller, new DynamicConfigs(NODE), authorizer);
    }

    private CompletionStage<IncrementalAlterConfigsResponseData> alter(
            Authorizer authorizer, AlterConfigsResource... resources) {
        IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
        for (AlterConfigsResource resource : resources) {
            request.resources().add(resource);
        }
        return new IncrementalAlterConfigsHandler(alterations(authorizer))
                .handle(TestController.context(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1), request);
    }

    private List<Errors> errors(AlterConfigsResource... resources) {
        return errors(Authorizer.ALLOW_ALL, resources);
    }

    private List<Errors> errors(Authorizer authorizer, AlterConfigsResource... resources) {
        return answered(alter(authorizer, resources), ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1).responses().stream()
                .map(AlterConfigsResourceResponse::errorCode)
                .map(Errors::forCode)
                .toList();
    }

    private static AlterConfigsResource resource(byte type, String name, AlterableConfig... configs) {
        AlterConfigsResource resource =
                new AlterConfigsResource().setResourceType(type).setResourceName(name);
        for (AlterableConfig config : configs) {
            resource.configs().add(config);
        }
        return resource;
    }

    private static AlterableConfig config(String key, byte operation, @Nullable String value) {
        return new AlterableConfig().setName(key).setConfigOperation(operation).setValue(value);
    }

    private Map<String, String> values(ConfigResourceType type, String name) {
        return cluster.image().config(new ConfigKey(type, name));
    }

    @Test
    void eachResourceIsAnsweredForItselfAndInOrder() {
        assertThat(errors(
                        resource(TOPIC, "nowhere", config("retention.ms", SET, "1")),
                        resource(TOPIC, "orders", config("retention.ms", SET, "1")),
                        resource(BROKER, "", config("log.retention.ms", SET, "2")),
                        resource(BROKER, "9", config("log.retention.ms", SET, "2")),
                        resource((byte) 8, "1", config("logger", SET, "DEBUG"))))
                .containsExactly(
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.NONE,
                        Errors.NONE,
                        Errors.BROKER_ID_NOT_REGISTERED,
                        Errors.INVALID_REQUEST);
        assertThat(values(ConfigResourceType.TOPIC, "orders")).isEqualTo(Map.of("retention.ms", "1"));
        assertThat(values(ConfigResourceType.BROKER, "")).isEqualTo(Map.of("log.retention.ms", "2"));
    }

    @Test
    void whatIsNamedTwiceIsRefused() {
        assertThat(errors(
                        resource(TOPIC, "orders", config("retention.ms", SET, "1")),
                        resource(TOPIC, "orders", config("segment.ms", SET, "1"))))
                .containsOnly(Errors.INVALID_REQUEST);
        assertThat(errors(resource(
                        TOPIC, "orders", config("retention.ms", SET, "1"), config("retention.ms", (byte) 1, null))))
                .containsExactly(Errors.INVALID_REQUEST);
        assertThat(values(ConfigResourceType.TOPIC, "orders")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(bytes = {-1, 4, 127})
    void anUnknownOperationRefusesTheWholeRequest(byte operation) {
        assertThat(alter(Authorizer.ALLOW_ALL, resource(TOPIC, "orders", config("retention.ms", operation, "1"))))
                .isCompletedExceptionally();
        assertThatThrownBy(() -> alter(
                                Authorizer.ALLOW_ALL, resource(TOPIC, "orders", config("retention.ms", operation, "1")))
                        .toCompletableFuture()
                        .join())
                .hasCauseInstanceOf(InvalidRequestException.class);
        assertThat(values(ConfigResourceType.TOPIC, "orders")).isEmpty();
    }

    @Test
    void whoMayNotIsToldSoForEachResource() {
        Authorizer noTopics = (context, operation, type, name) ->
                operation != Operation.ALTER_CONFIGS || type != Authorizer.Resource.TOPIC;
        assertThat(errors(
                        noTopics,
                        resource(TOPIC, "orders", config("retention.ms", SET, "1")),
                        resource(BROKER, "", config("log.retention.ms", SET, "2"))))
                .containsExactly(Errors.TOPIC_AUTHORIZATION_FAILED, Errors.NONE);
        assertThat(errors(
                        (context, operation, type, name) -> false,
                        resource(BROKER, "", config("log.retention.ms", SET, "3"))))
                .containsExactly(Errors.CLUSTER_AUTHORIZATION_FAILED);
        assertThat(values(ConfigResourceType.TOPIC, "orders")).isEmpty();
        assertThat(values(ConfigResourceType.BROKER, "")).isEqualTo(Map.of("log.retention.ms", "2"));
    }

    @Test
    void withoutLeadershipTheRequestFailsAsAWholeSoThatItIsSentElsewhere() {
        cluster.controller.close();
        assertThatThrownBy(
                        () -> alter(Authorizer.ALLOW_ALL, resource(TOPIC, "orders", config("retention.ms", SET, "1")))
                                .toCompletableFuture()
                                .join())
                .isInstanceOf(CompletionException.class)
                .hasRootCauseInstanceOf(NotControllerException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theOldAlterConfigsReplacesEverything(int version) {
        errors(resource(TOPIC, "orders", config("retention.ms", SET, "1"), config("segment.ms", SET, "5")));
        AlterConfigsRequestData request = new AlterConfigsRequestData();
        AlterConfigsRequestData.AlterConfigsResource orders = new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(TOPIC)
                .setResourceName("orders");
        orders.configs()
                .add(new AlterConfigsRequestData.AlterableConfig()
                        .setName("retention.ms")
                        .setValue("7"));
        request.resources().add(orders);
        AlterConfigsResponseData response = answered(
                new AlterConfigsHandler(alterations(Authorizer.ALLOW_ALL))
                        .handle(TestController.context(ApiKeys.ALTER_CONFIGS, version), request),
                ApiKeys.ALTER_CONFIGS,
                version);
        assertThat(response.responses().get(0).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(values(ConfigResourceType.TOPIC, "orders")).isEqualTo(Map.of("retention.ms", "7"));
    }

    private List<Errors> addPartitions(Authorizer authorizer, int version, CreatePartitionsTopic... topics) {
        CreatePartitionsRequestData request = new CreatePartitionsRequestData().setTimeoutMs(100);
        for (CreatePartitionsTopic topic : topics) {
            request.topics().add(topic);
        }
        CreatePartitionsResponseData response = answered(
                new CreatePartitionsHandler(cluster.controller, cluster::image, published, authorizer)
                        .handle(TestController.context(ApiKeys.CREATE_PARTITIONS, version), request),
                ApiKeys.CREATE_PARTITIONS,
                version);
        return response.results().stream()
                .map(CreatePartitionsTopicResult::errorCode)
                .map(Errors::forCode)
                .toList();
    }

    private static CreatePartitionsTopic topic(String name, int count) {
        return new CreatePartitionsTopic().setName(name).setCount(count).setAssignments(null);
    }

    private int partitions() {
        return Objects.requireNonNull(cluster.image().topic("orders"))
                .partitions()
                .size();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void partitionsAreAdded(int version) {
        assertThat(addPartitions(Authorizer.ALLOW_ALL, version, topic("orders", 5), topic("nowhere", 5)))
                .containsExactly(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(partitions()).isEqualTo(5);
    }

    @Test
    void partitionsAreNotAddedByWhoMayNotNorWithAnEmptyAssignment() {
        assertThat(addPartitions((context, operation, type, name) -> false, 3, topic("orders", 5)))
                .containsExactly(Errors.TOPIC_AUTHORIZATION_FAILED);
        assertThat(addPartitions(Authorizer.ALLOW_ALL, 3, topic("orders", 5).setAssignments(List.of())))
                .containsExactly(Errors.INVALID_REPLICA_ASSIGNMENT);
        assertThat(addPartitions(Authorizer.ALLOW_ALL, 3, topic("orders", 5), topic("orders", 6)))
                .containsOnly(Errors.INVALID_REQUEST);
        assertThat(partitions()).isEqualTo(2);
    }

    private ElectLeadersResponseData elect(Authorizer authorizer, int version, byte type, int partition) {
        ElectLeadersRequestData request =
                new ElectLeadersRequestData().setElectionType(type).setTimeoutMs(1_000);
        request.topicPartitions()
                .add(new ElectLeadersRequestData.TopicPartitions()
                        .setTopic("orders")
                        .setPartitions(List.of(partition)));
        return answered(
                new ElectLeadersHandler(cluster.controller, authorizer)
                        .handle(TestController.context(ApiKeys.ELECT_LEADERS, version), request),
                ApiKeys.ELECT_LEADERS,
                version);
    }

    private static Errors only(ElectLeadersResponseData response) {
        return Errors.forCode(response.replicaElectionResults()
                .get(0)
                .partitionResult()
                .get(0)
                .errorCode());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void electionsAnswerForEachPartition(int version) {
        byte preferred = 0;
        assertThat(only(elect(Authorizer.ALLOW_ALL, version, preferred, 0))).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        assertThat(only(elect(Authorizer.ALLOW_ALL, version, preferred, 9)))
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        ElectLeadersResponseData refused = elect((context, operation, type, name) -> false, version, preferred, 0);
        assertThat(only(refused)).isEqualTo(Errors.CLUSTER_AUTHORIZATION_FAILED);
        assertThat(refused.errorCode())
                .isEqualTo(version == 0 ? Errors.NONE.code() : Errors.CLUSTER_AUTHORIZATION_FAILED.code());
    }

    @Test
    void anUnknownKindOfElectionIsAnInvalidRequest() {
        byte unclean = 1;
        assertThat(only(elect(Authorizer.ALLOW_ALL, 2, unclean, 0))).isEqualTo(Errors.ELECTION_NOT_NEEDED);
        assertThatThrownBy(() -> elect(Authorizer.ALLOW_ALL, 2, (byte) 7, 0))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    @Test
    void allPartitionsIsNull() {
        ElectLeadersRequestData request =
                new ElectLeadersRequestData().setTopicPartitions(null).setTimeoutMs(1_000);
        ElectLeadersResponseData response = answered(
                new ElectLeadersHandler(cluster.controller, Authorizer.ALLOW_ALL)
                        .handle(TestController.context(ApiKeys.ELECT_LEADERS, 2), request),
                ApiKeys.ELECT_LEADERS,
                2);
        assertThat(response.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(response.replicaElectionResults()).isEmpty();
    }
}
