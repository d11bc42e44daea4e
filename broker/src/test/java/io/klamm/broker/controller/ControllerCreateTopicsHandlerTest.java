/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.ControllerConfig;
import io.klamm.metadata.controller.ControllerPorts;
import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.controller.ReplicaLogInfo;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final PublishedOffsets published = new PublishedOffsets(timer);
    private final Log log = new Log();
    private final ActiveController controller = new ActiveController(
            new ControllerConfig(60_000, 1, (short) -1, -1, 100, ElectionSettings.STRICT),
            log,
            new NoPorts(),
            executor,
            Clock.systemUTC(),
            System::nanoTime);

    private static final class Log implements FactLog {
        private volatile MetadataImage image = MetadataImage.EMPTY.apply(List.of(
                new ClusterCreated("cluster", List.of()),
                new MetadataVersionFinalized((short) 1),
                broker(1),
                new BrokerUnfenced(1, 1),
                broker(2),
                new BrokerUnfenced(2, 2),
                new ConfigChanged(ConfigResourceType.BROKER, "", "log.segment.bytes", "20000000")));

        private static BrokerRegistered broker(int node) {
            return new BrokerRegistered(
                    node,
                    node,
                    new Uuid(7, node),
                    List.of(new Endpoint("PLAINTEXT", "localhost", 9092, (short) 0)),
                    null,
                    List.of(new Uuid(8, node)),
                    (short) 1,
                    (short) 1,
                    true);
        }

        @Override
        public MetadataImage applied() {
            return image;
        }

        @Override
        public CompletableFuture<Boolean> append(FactBatch batch) {
            image = image.apply(batch);
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletableFuture<Void> barrier() {
            return CompletableFuture.completedFuture(null);
        }
    }

    private static final class NoPorts implements ControllerPorts {
        @Override
        public CompletableFuture<Boolean> dial(BrokerImage broker) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(
                BrokerImage broker, Map<PartitionId, Integer> partitions) {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public @Nullable String validateTopicConfig(Map<String, String> configs) {
            return null;
        }
    }

    @BeforeEach
    void lead() throws Exception {
        controller.onLeaderReady(1);
        executor.submit(() -> {}).get();
    }

    @AfterEach
    void stop() {
        controller.close();
        executor.shutdown();
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
        RequestContext context = new RequestContext(
                ApiKeys.CREATE_TOPICS,
                (short) 7,
                1,
                "",
                ClientPrincipal.ANONYMOUS,
                "CONTROLLER",
                "PLAINTEXT",
                new InetSocketAddress(0),
                1,
                0);
        return new ControllerCreateTopicsHandler(controller, log::applied, NODE.topics(), published, authorizer)
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
        assertThat(log.image.topic("orders")).isNull();
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
        published.heard(1, log.image.endOffset());
        CompletableFuture<CreateTopicsResponseData> held = send(Authorizer.ALLOW_ALL, false, 60_000);
        for (int step = 0; step < 10; step++) {
            executor.submit(() -> {}).get(); // decided, applied, answered
        }
        assertThat(log.image.topic("orders")).isNotNull();
        long end = log.image.endOffset();
        published.heard(1, end);
        published.heard(2, end - 1);
        published.heard(9, end);
        assertThat(held).isNotDone();
        assertThat(published.await(log.image, 0)).as("no time to wait").isDone();
        published.heard(2, end);
        assertThat(held).isCompleted();
    }

    @Test
    void doesNotWaitForLongForABrokerThatSaysNothing() throws Exception {
        published.heard(1, Long.MAX_VALUE);
        CompletableFuture<Void> held = published.await(log.image, 60_000);
        assertThat(held).isNotDone();
        assertThat(published.await(log.image, 1).get(20, TimeUnit.SECONDS)).isNull();
        published.close();
        assertThat(held).as("leadership is given up").isCompleted();
        assertThat(published.await(log.image, 60_000)).isCompleted();
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
