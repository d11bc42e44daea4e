/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Brokers 1 and 2; the metadata log applies at once. */
@Timeout(30)
class ControllerCreateTopicsHandlerTest {
    private static final NodeConfig NODE = NodeConfig.parse(Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@localhost:9093",
            "listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
            "controller.listener.names", "CONTROLLER",
            "log.retention.hours", "1",
            "log.dirs", "/nowhere"));

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final PublishedOffsets published = new PublishedOffsets(timer);
    private final TestController cluster = new TestController(2)
            .with(new ConfigChanged(ConfigResourceType.BROKER, "", "log.segment.bytes", "20000000"));

    @AfterEach
    void stop() {
        cluster.close();
        timer.shutdownNow();
    }

    private CompletableFuture<CreateTopicsResponseData> send(
            Authorizer authorizer, boolean validateOnly, int timeoutMs) {
        CreateTopicsRequestData request =
                new CreateTopicsRequestData().setTimeoutMs(timeoutMs).setValidateOnly(validateOnly);
        CreatableTopic topic =
                new CreatableTopic().setName("orders").setNumPartitions(3).setReplicationFactor((short) 2);
        topic.configs()
                .add(new CreatableTopicConfig().setName("retention.bytes").setValue("77"));
        request.topics().add(topic);
        RequestContext context = TestController.context(ApiKeys.CREATE_TOPICS, 7);
        return new ControllerCreateTopicsHandler(
                        cluster.controller, cluster::image, NODE.topics(), published, authorizer)
                .handle(context, request)
                .toCompletableFuture();
    }

    private static CreatableTopicResult row(CreateTopicsResponseData response) {
        return requireNonNull(response.topics().find("orders"));
    }

    @Test
    void describesWhatWasCreatedWithTheSourcesOfItsSettings() throws Exception {
        CreatableTopicResult row = row(send(Authorizer.ALLOW_ALL, false, 0).get());
        assertThat(row.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(row.numPartitions()).isEqualTo(3);
        assertThat(row.replicationFactor()).isEqualTo((short) 2);
        assertSetting(row, "retention.bytes", "77", 1);
        assertSetting(row, "segment.bytes", "20000000", 3);
        assertSetting(row, "retention.ms", "3600000", 4);
        assertSetting(row, "min.insync.replicas", "2", 5);
    }

    @Test
    void describesWhatIsOnlyValidated() throws Exception {
        CreatableTopicResult row = row(send(Authorizer.ALLOW_ALL, true, 60_000).get());
        assertThat(row.numPartitions()).isEqualTo(3);
        assertSetting(row, "retention.bytes", "77", 1);
        assertThat(cluster.image().topic("orders")).isNull();
    }

    @Test
    void whoMayNotReadSettingsIsToldThatAndNothingElse() throws Exception {
        Authorizer noDescribe = (context, operation, type, name) -> operation != Authorizer.Operation.DESCRIBE_CONFIGS;
        CreatableTopicResult row = row(send(noDescribe, false, 0).get());
        assertThat(row.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(row.topicConfigErrorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
        assertThat(row.numPartitions()).isEqualTo(-1);
        assertThat(row.configs()).isEmpty();
    }

    @Test
    void answersWhenEveryAvailableBrokerHasPublishedTheTopic() throws Exception {
        published.heard(1, cluster.image().endOffset());
        CompletableFuture<CreateTopicsResponseData> held = send(Authorizer.ALLOW_ALL, false, 60_000);
        for (int step = 0; step < 10; step++) {
            cluster.step(); // decided, applied, answered
        }
        assertThat(cluster.image().topic("orders")).isNotNull();
        long end = cluster.image().endOffset();
        published.heard(1, end);
        published.heard(2, end - 1);
        published.heard(9, end);
        assertThat(held).isNotDone();
        assertThat(published.await(cluster.image(), 0)).as("no time to wait").isDone();
        published.heard(2, end);
        assertThat(held).isCompleted();
    }

    @Test
    void doesNotWaitForLongForABrokerThatSaysNothing() throws Exception {
        published.heard(1, Long.MAX_VALUE);
        CompletableFuture<Void> held = published.await(cluster.image(), 60_000);
        assertThat(held).isNotDone();
        assertThat(published.await(cluster.image(), 1).get(20, TimeUnit.SECONDS))
                .isNull();
        published.close();
        assertThat(held).as("leadership is given up").isCompleted();
        assertThat(published.await(cluster.image(), 60_000)).isCompleted();
    }

    private static void assertSetting(CreatableTopicResult row, String name, String value, int source) {
        CreatableTopicConfigs found = row.configs().stream()
                .filter(config -> config.name().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(found.value()).isEqualTo(value);
        assertThat(found.configSource()).isEqualTo((byte) source);
    }
}
