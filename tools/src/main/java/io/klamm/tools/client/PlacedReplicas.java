/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.client.ReplicaPlanner.Placed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * Where the replicas of all partitions are, those under way counted as there, and which nodes may get more.
 *
 * @param partitions all partitions, internal topics included
 * @param racks rack of each node that lives and is not cordoned, null when it names none
 * @param cordoned nodes that get no new replicas
 */
record PlacedReplicas(List<Placed> partitions, Map<Integer, @Nullable String> racks, Collection<Integer> cordoned) {
    static final String CORDON = "cordoned.log.dirs";

    static PlacedReplicas read(Admin admin, Connection connection) throws Exception {
        Map<TopicPartition, PartitionReassignment> underWay =
                connection.await(admin.listPartitionReassignments().reassignments());
        List<Placed> partitions = new ArrayList<>();
        for (TopicView topic : TopicViews.existing(
                admin,
                connection,
                connection.await(admin.listTopics(new ListTopicsOptions().listInternal(true))
                        .names()))) {
            for (PartitionView partition : topic.partitions()) {
                PartitionReassignment moving = underWay.get(new TopicPartition(topic.topic(), partition.partition()));
                partitions.add(new Placed(
                        topic.topic(), partition.partition(), moving == null ? partition.replicas() : target(moving)));
            }
        }
        Collection<Node> nodes = connection.await(admin.describeCluster().nodes());
        Map<Integer, @Nullable String> racks = new TreeMap<>();
        nodes.forEach(node -> racks.put(node.id(), node.rack()));
        Collection<Integer> cordoned = cordoned(admin, connection, racks.keySet());
        racks.keySet().removeAll(cordoned);
        return new PlacedReplicas(partitions, racks, cordoned);
    }

    private static List<Integer> target(PartitionReassignment moving) {
        return moving.replicas().stream()
                .filter(node -> !moving.removingReplicas().contains(node))
                .toList();
    }

    private static Collection<Integer> cordoned(Admin admin, Connection connection, Collection<Integer> nodes)
            throws Exception {
        List<ConfigResource> brokers = nodes.stream()
                .map(node -> new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node)))
                .toList();
        Collection<Integer> cordoned = new TreeSet<>();
        for (Map.Entry<ConfigResource, Config> broker :
                connection.await(admin.describeConfigs(brokers).all()).entrySet()) {
            var cordon = broker.getValue().get(CORDON);
            if (cordon != null && "*".equals(cordon.value())) {
                cordoned.add(Integer.valueOf(broker.getKey().name()));
            }
        }
        return cordoned;
    }

    /** Those that have a replica on the node. */
    List<Placed> on(int node) {
        return partitions.stream()
                .filter(partition -> partition.replicas().contains(node))
                .toList();
    }

    Collection<Placed> except(Collection<Placed> some) {
        Set<Placed> rest = new HashSet<>(partitions);
        some.forEach(rest::remove);
        return rest;
    }
}
