/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.metadata.controller.ActiveController;
import io.klamm.metadata.controller.ControllerConfig;
import io.klamm.metadata.controller.ControllerPorts;
import io.klamm.metadata.controller.Decision;
import io.klamm.metadata.controller.ElectionSettings;
import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.controller.ReplicaLogInfo;
import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.BrokerUnfenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/** The active controller of a cluster whose brokers are all there; its metadata log applies at once. */
final class TestController implements AutoCloseable {
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final Log log;
    final ActiveController controller;

    /** @param brokers how many there are; ids from 1 */
    TestController(int brokers) {
        log = new Log(brokers);
        controller = new ActiveController(
                new ControllerConfig(60_000, 1, (short) -1, -1, 100, ElectionSettings.STRICT),
                log,
                new NoPorts(),
                executor,
                Clock.systemUTC(),
                System::nanoTime);
        controller.onLeaderReady(1);
        step();
    }

    /** More facts. */
    TestController with(MetadataFact... facts) {
        controller
                .decide("test", "test", 30_000, image -> new Decision<>(List.of(facts), true))
                .join();
        return this;
    }

    MetadataImage image() {
        return log.image;
    }

    /** What the controller has been asked so far is done. */
    void step() {
        try {
            executor.submit(() -> {}).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    static RequestContext context(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "",
                ClientPrincipal.ANONYMOUS,
                "CONTROLLER",
                "PLAINTEXT",
                new InetSocketAddress(0),
                1,
                0);
    }

    @Override
    public void close() {
        controller.close();
        executor.shutdown();
    }

    private static final class Log implements FactLog {
        private volatile MetadataImage image;

        Log(int brokers) {
            List<MetadataFact> facts = new ArrayList<>(
                    List.of(new ClusterCreated("cluster", List.of()), new MetadataVersionFinalized((short) 1)));
            for (int node = 1; node <= brokers; node++) {
                facts.add(broker(node));
                facts.add(new BrokerUnfenced(node, node));
            }
            image = MetadataImage.EMPTY.apply(facts);
        }

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
}
