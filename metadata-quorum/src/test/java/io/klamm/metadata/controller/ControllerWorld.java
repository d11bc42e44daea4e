/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.NullUnmarked;

/** Two controllers over a model of the quorum, in virtual time, and the brokers of a test. */
@NullUnmarked // what is missing fails the test
final class ControllerWorld {
    static final long SESSION_MS = 3_000;
    static final MetadataImage FORMED = MetadataImage.EMPTY.apply(
            List.of(new ClusterCreated(ClusterFixture.CLUSTER, List.of()), new MetadataVersionFinalized((short) 1)));

    /** The brokers of a test: which answer a dial, and what their logs hold. */
    static final class Brokers implements ControllerPorts {
        final Set<Integer> refusing = new HashSet<>();
        final Set<Integer> silent = new HashSet<>();
        final Map<Integer, long[]> logs = new HashMap<>();
        boolean faulty;
        boolean hanging;
        final Map<PartitionId, Integer> askedEpochs = new HashMap<>();
        int asked;

        @Override
        public CompletableFuture<Boolean> dial(BrokerImage broker) {
            if (faulty) {
                return null;
            }
            if (hanging) {
                return new CompletableFuture<>();
            }
            return silent.contains(broker.nodeId())
                    ? CompletableFuture.failedFuture(new TimeoutException())
                    : CompletableFuture.completedFuture(!refusing.contains(broker.nodeId()));
        }

        @Override
        public CompletableFuture<List<ReplicaLogInfo>> replicaLogInfo(
                BrokerImage broker, Map<PartitionId, Integer> partitions) {
            asked++;
            askedEpochs.putAll(partitions);
            long[] log = logs.get(broker.nodeId());
            return log == null
                    ? CompletableFuture.failedFuture(new TimeoutException("not recovered yet"))
                    : CompletableFuture.completedFuture(partitions.keySet().stream()
                            .map(id -> new ReplicaLogInfo(id, (int) log[0], log[1]))
                            .toList());
        }

        @Override
        public String validateTopicConfig(Map<String, String> configs) {
            return configs.containsKey("wrong") ? "unknown configuration 'wrong'" : null;
        }
    }

    final VirtualExecutor executor = new VirtualExecutor();
    final Brokers brokers = new Brokers();
    final ModelQuorum quorum;
    final List<ModelQuorum.ModelLog> nodes = new ArrayList<>();
    final List<ActiveController> controllers = new ArrayList<>();
    int leader;
    private long incarnations;

    ControllerWorld(long seed) {
        this(seed, new ControllerConfig(SESSION_MS, 1, (short) -1, -1, 10_000, ElectionSettings.STRICT));
    }

    ControllerWorld(long seed, ControllerConfig config) {
        quorum = new ModelQuorum(FORMED, executor, new Random(seed));
        for (int i = 0; i < 2; i++) {
            ModelQuorum.ModelLog log = quorum.node();
            ActiveController controller =
                    new ActiveController(config, log, brokers, executor, Clock.systemUTC(), executor::nanoTime);
            log.listener = controller;
            nodes.add(log);
            controllers.add(controller);
        }
        elect(0);
    }

    void elect(int node) {
        leader = node;
        quorum.elect(nodes.get(node));
        executor.runDue();
    }

    ActiveController controller() {
        return controllers.get(leader);
    }

    <R> R get(CompletableFuture<R> future) {
        for (int i = 0; i < 1_000 && !future.isDone(); i++) {
            executor.advance(10);
        }
        return future.join();
    }

    RegistrationReply register(int node, long previousEpoch) {
        return get(controller().register(registration(node, previousEpoch)));
    }

    BrokerRegistration registration(int node, long previousEpoch) {
        return ClusterFixture.registration(node, new Uuid(3, ++incarnations), previousEpoch, null);
    }

    HeartbeatReply heartbeat(int node) {
        return heartbeat(node, false);
    }

    HeartbeatReply heartbeat(int node, boolean wantShutDown) {
        long epoch = quorum.image.broker(node).brokerEpoch();
        return get(controller()
                .heartbeat(new BrokerHeartbeat(node, epoch, quorum.image.endOffset(), false, wantShutDown)));
    }

    ControllerWorld withBrokers(int... nodes) {
        for (int node : nodes) {
            assertThat(register(node, -1).error()).isEqualTo(Errors.NONE);
            assertThat(heartbeat(node).fenced()).isFalse();
        }
        return this;
    }

    NewTopicResult create(String name, int partitions, int replicas) {
        return get(controller().createTopics("User:test", List.of(topic(name, partitions, replicas)), false, 30_000))
                .get(0);
    }

    PartitionState state(String topic) {
        return quorum.image.topic(topic).partition(0);
    }

    static NewTopic topic(String name, int partitions, int replicas) {
        return new NewTopic(name, partitions, (short) replicas, Map.of(), Map.of());
    }

    /** Time passes while all unfenced brokers send heartbeats. */
    @SuppressWarnings("FutureReturnValueIgnored") // some go to a controller that is not active any more
    void beat(long ms) {
        for (long left = ms; left > 0; left -= 100) {
            for (BrokerImage broker : quorum.image.brokers().values()) {
                controller()
                        .heartbeat(new BrokerHeartbeat(
                                broker.nodeId(),
                                broker.brokerEpoch(),
                                broker.fenced() ? -1 : quorum.image.endOffset(),
                                false,
                                false));
            }
            executor.advance(Math.min(left, 100));
        }
    }
}
