/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import io.klamm.testkit.Await;
import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.Namespaces;
import io.klamm.testkit.NodeHosts;
import io.klamm.testkit.NodeProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Three combined nodes with their own default settings, and what a benchmark does with them. */
final class TestedCluster implements AutoCloseable {
    static final int NODES = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final @Nullable Namespaces namespaces;
    private final KlammCluster cluster;
    private int topics;

    private TestedCluster(KlammCluster cluster, @Nullable Namespaces namespaces) {
        this.cluster = cluster;
        this.namespaces = namespaces;
    }

    static TestedCluster start(BrokerProgram program, boolean inNamespaces) {
        Namespaces namespaces = inNamespaces ? new Namespaces(NODES) : null;
        TestedCluster tested = null;
        try {
            NodeHosts hosts = namespaces == null ? NodeHosts.LOOPBACK : namespaces;
            tested = new TestedCluster(KlammCluster.define("failover", program, hosts, NODES, Map.of()), namespaces);
            tested.cluster.nodes().forEach(NodeProcess::start);
            tested.cluster.awaitBrokers(NODES, PATIENCE);
            return tested;
        } catch (Throwable e) {
            if (tested != null) {
                tested.close();
            } else if (namespaces != null) {
                namespaces.close();
            }
            throw e;
        }
    }

    KlammCluster nodes() {
        return cluster;
    }

    void cut(int nodeId) {
        network().cut(nodeId);
    }

    void heal(int nodeId) {
        network().heal(nodeId);
    }

    private Namespaces network() {
        if (namespaces == null) {
            throw new IllegalStateException("these nodes have no network of their own");
        }
        return namespaces;
    }

    /** Node ids of all but one. */
    static List<Integer> others(int nodeId) {
        return IntStream.rangeClosed(1, NODES)
                .filter(id -> id != nodeId)
                .boxed()
                .toList();
    }

    String bootstrap(List<Integer> nodeIds) {
        return String.join(",", nodeIds.stream().map(cluster::bootstrap).toList());
    }

    /** A new topic with a partition for each leader, on all nodes, min.insync.replicas 2. */
    String newTopic(List<Integer> leaders) throws Exception {
        String topic = "failover-" + topics++;
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (Integer leader : leaders) {
            List<Integer> replicas = new ArrayList<>(List.of(leader));
            replicas.addAll(others(leader));
            assignment.put(assignment.size(), replicas);
        }
        try (Admin admin = cluster.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, assignment).configs(Map.of("min.insync.replicas", "2"))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        cluster.awaitFullIsr(topic);
        return topic;
    }

    /** Asks the nodes that will live on for the leader of partition 0. */
    LeaderProbe probe(List<Integer> nodeIds, String topic, int formerLeader) throws IOException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (Integer id : nodeIds) {
            addresses.add(cluster.clientAddress(id));
        }
        return new LeaderProbe(addresses, topic, formerLeader);
    }

    /** Waits until all nodes serve and have all records. */
    void awaitWhole(String topic) {
        cluster.awaitBrokers(NODES, PATIENCE);
        cluster.awaitFullIsr(topic);
    }

    /** Sum of the leader epochs: how many elections the partitions have seen. */
    long leaderEpochs(String topic, int partitions) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        return Await.get("leader epochs of " + topic, PATIENCE, () -> {
            try (Admin admin = cluster.admin()) {
                return admin.listOffsets(latest).all().get(20, TimeUnit.SECONDS).values().stream()
                        .map(ListOffsetsResultInfo::leaderEpoch)
                        .mapToLong(epoch -> epoch.orElse(0))
                        .sum();
            }
        });
    }

    /** Term of the metadata quorum: how many elections it has seen. */
    long quorumEpoch() {
        return Await.get("epoch of the metadata quorum", PATIENCE, () -> {
            try (Admin admin = cluster.admin()) {
                return admin.describeMetadataQuorum()
                        .quorumInfo()
                        .get(10, TimeUnit.SECONDS)
                        .leaderEpoch();
            }
        });
    }

    @Override
    public void close() {
        cluster.close();
        if (namespaces != null) {
            namespaces.close();
        }
    }
}
