/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.PartitionCreated;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.fact.TopicCreated;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.NullUnmarked;

/** A cluster made of facts, for tests of decisions: brokers come and go, partition 0 of topic "t" is watched. */
@NullUnmarked // what is missing fails the test
final class ClusterFixture {
    static final String CLUSTER = "cluster";
    static final Uuid TOPIC = new Uuid(9, 9);
    static final PartitionId PARTITION = new PartitionId(TOPIC, 0);
    private static final int BULK = FactSize.MAX_BULK_BYTES;

    final PartitionElector elector = new PartitionElector(-1);
    final BrokerRegistrar registrar = new BrokerRegistrar(elector);
    final IsrRule isrRule = new IsrRule(-1);
    MetadataImage image = MetadataImage.EMPTY.apply(
            List.of(new ClusterCreated(CLUSTER, List.of()), new MetadataVersionFinalized((short) 1)));
    private long incarnations;

    static ClusterFixture withBrokers(int... nodes) {
        ClusterFixture cluster = new ClusterFixture();
        for (int node : nodes) {
            cluster.start(node, -1);
            cluster.unfence(node);
        }
        return cluster;
    }

    ClusterFixture withPartition(int minIsr, Integer... replicas) {
        List<Integer> nodes = Arrays.asList(replicas);
        apply(List.of(
                new TopicCreated(TOPIC, "t"),
                new PartitionCreated(
                        TOPIC,
                        0,
                        new PartitionState(
                                nodes,
                                Collections.nCopies(nodes.size(), Uuid.ZERO_UUID),
                                nodes,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                nodes.get(0),
                                0,
                                0)),
                new ConfigChanged(ConfigResourceType.TOPIC, "t", "min.insync.replicas", "" + minIsr)));
        return this;
    }

    void apply(List<MetadataFact> facts) {
        image = image.apply(facts);
    }

    static BrokerRegistration registration(int node, Uuid incarnation, long previousEpoch, String rack) {
        return new BrokerRegistration(
                node,
                CLUSTER,
                incarnation,
                List.of(new Endpoint("PLAINTEXT", "host" + node, 9092, (short) 0)),
                rack,
                List.of(new Uuid(5, node + 100)),
                previousEpoch,
                (short) 1,
                (short) 1);
    }

    /** A new process registers, displacing the old one; returns its broker epoch. */
    long start(int node, long previousEpoch) {
        BrokerImage previous = image.broker(node);
        long gone = previous == null ? -1 : previous.brokerEpoch();
        Decision<RegistrationReply> decision =
                registrar.register(image, registration(node, new Uuid(1, ++incarnations), previousEpoch, null), gone);
        apply(decision.facts());
        return decision.reply().brokerEpoch();
    }

    /** Restarts with the clean-shutdown mark of its last life. */
    void startClean(int node) {
        start(node, epoch(node));
    }

    void startUnclean(int node) {
        start(node, -1);
    }

    void unfence(int node) {
        apply(elector.unfence(image, broker(node), BULK));
    }

    void fence(int... nodes) {
        apply(elector.fence(
                image,
                Arrays.stream(nodes)
                        .mapToObj(node -> new BrokerFenced(node, epoch(node)))
                        .toList(),
                BULK));
    }

    void shutDown(int node) {
        apply(elector.startShutdown(image, broker(node), BULK));
        fence(node);
    }

    /** The leader asks for this ISR, with everything else right; NONE when it got it. */
    org.apache.kafka.common.protocol.Errors changeIsr(Integer... isr) {
        PartitionState state = state();
        IsrChange change = new IsrChange(
                PARTITION,
                state.leaderEpoch(),
                state.partitionEpoch(),
                Arrays.stream(isr)
                        .map(node -> new IsrChange.Member(node, epoch(node)))
                        .toList());
        Decision<List<IsrChangeResult>> decision =
                isrRule.change(image, state.leader(), epoch(state.leader()), List.of(change));
        apply(decision.facts());
        return decision.reply().get(0).error();
    }

    /** Elects by reports of (last epoch, log end offset); false when it has to wait. */
    boolean recover(Map<Integer, long[]> logs) {
        PartitionState state = state();
        Map<Integer, ReplicaLogInfo> reports = new HashMap<>();
        logs.forEach((node, log) -> {
            if (PartitionElector.isAvailable(image, state, node)) {
                reports.put(node, new ReplicaLogInfo(PARTITION, (int) log[0], log[1]));
            }
        });
        if (!RecoveryElection.isAwaited(state) || !RecoveryElection.isComplete(state, reports)) {
            return false;
        }
        apply(List.of(new io.klamm.metadata.fact.PartitionChanged(
                TOPIC, 0, Objects.requireNonNull(RecoveryElection.elect(state, reports)))));
        return true;
    }

    PartitionState state() {
        return Objects.requireNonNull(image.partition(PARTITION));
    }

    BrokerImage broker(int node) {
        return Objects.requireNonNull(image.broker(node));
    }

    long epoch(int node) {
        return broker(node).brokerEpoch();
    }

    /** For reading: "leader 1 epoch 0 isr [1, 2] elr [] lastKnownIsr []". */
    String describe() {
        PartitionState state = state();
        return "leader " + state.leader() + " epoch " + state.leaderEpoch() + " isr " + state.isr() + " elr "
                + state.elr() + " lastKnownIsr " + state.lastKnownIsr()
                + (state.reassigning()
                        ? " replicas " + state.replicas() + " adding " + state.addingReplicas() + " removing "
                                + state.removingReplicas()
                        : "");
    }
}
