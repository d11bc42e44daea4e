/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Places the replicas of one topic, or of partitions added to it: leaders and replicas in turn over the brokers, starting where the load of the whole
 * cluster is least, so that many topics of one partition are spread as well as one topic of many. Replicas of a partition
 * go to different racks while there are racks left. Brokers that are not available get replicas only when the others do not
 * suffice, and never the leader; cordoned ones get none. Deterministic: the same image gives the same placement.
 */
final class ReplicaPlacer {
    private static final class Slot {
        final BrokerImage broker;
        final int ring;
        final int preferredBefore;
        final int replicasBefore;
        int leaders;
        int replicas;

        Slot(BrokerImage broker, int ring, MetadataImage image, List<PartitionState> placed) {
            this.broker = broker;
            this.ring = ring;
            for (PartitionState partition : placed) {
                leaders += partition.replicas().indexOf(broker.nodeId()) == 0 ? 1 : 0;
                replicas += partition.replicas().contains(broker.nodeId()) ? 1 : 0;
            }
            this.preferredBefore = image.preferredLeadersOn(broker.nodeId()) - leaders;
            this.replicasBefore = image.partitionsOn(broker.nodeId()).size() - replicas;
        }

        int allReplicas() {
            return replicasBefore + replicas;
        }
    }

    /** In the order in which leadership goes round: neighbours are in different racks where possible. */
    private final List<Slot> slots = new ArrayList<>();

    ReplicaPlacer(MetadataImage image) {
        this(image, List.of());
    }

    /** @param placed partitions that the topic has already, among which the new ones find their place */
    ReplicaPlacer(MetadataImage image, List<PartitionState> placed) {
        for (BrokerImage broker : alternatingRacks(image)) {
            if (!Cordon.isCordoned(image, broker.nodeId())) {
                slots.add(new Slot(broker, slots.size(), image, placed));
            }
        }
    }

    /** Replicas of the next partition, preferred leader first. There must be that many brokers that are not cordoned, one of them available. */
    List<Integer> next(int replicationFactor) {
        Slot leader = slots.stream()
                .filter(slot -> slot.broker.available())
                .min(Comparator.<Slot>comparingInt(slot -> slot.leaders)
                        .thenComparingInt(slot -> slot.preferredBefore + slot.leaders)
                        .thenComparingInt(slot -> slot.replicas)
                        .thenComparingInt(Slot::allReplicas)
                        .thenComparingInt(slot -> slot.ring))
                .orElseThrow(() -> new IllegalStateException("no broker is available"));
        leader.leaders++;
        List<Integer> replicas = new ArrayList<>();
        Map<String, Integer> inRack = new HashMap<>();
        take(leader, replicas, inRack);
        while (replicas.size() < replicationFactor) {
            Slot follower = slots.stream()
                    .filter(slot -> !replicas.contains(slot.broker.nodeId()))
                    .min(Comparator.<Slot>comparingInt(slot -> slot.broker.available() ? 0 : 1)
                            .thenComparingInt(slot -> inRack.getOrDefault(rack(slot.broker), 0))
                            .thenComparingInt(slot -> slot.replicas)
                            .thenComparingInt(Slot::allReplicas)
                            .thenComparingInt(slot -> distance(leader, slot)))
                    .orElseThrow(() -> new IllegalStateException("not enough brokers"));
            take(follower, replicas, inRack);
        }
        return replicas;
    }

    /** How far a follower is from the leader in the ring; who comes next changes with each turn of the leader. */
    private int distance(Slot leader, Slot follower) {
        int turn = leader.preferredBefore + leader.leaders - 1;
        int behind = Math.floorMod(follower.ring - leader.ring, slots.size());
        return Math.floorMod(behind - 1 - turn, slots.size() - 1);
    }

    private static void take(Slot slot, List<Integer> replicas, Map<String, Integer> inRack) {
        slot.replicas++;
        replicas.add(slot.broker.nodeId());
        inRack.merge(rack(slot.broker), 1, Integer::sum);
    }

    /** Brokers that name no rack share one, as in Kafka. */
    private static String rack(BrokerImage broker) {
        String rack = broker.registration().rack();
        return rack == null ? "" : rack;
    }

    /** One broker of every rack in turn. */
    private static List<BrokerImage> alternatingRacks(MetadataImage image) {
        Map<String, List<BrokerImage>> racks = new TreeMap<>();
        for (BrokerImage broker : new TreeMap<>(image.brokers()).values()) {
            racks.computeIfAbsent(rack(broker), name -> new ArrayList<>()).add(broker);
        }
        List<BrokerImage> order = new ArrayList<>();
        for (int i = 0; order.size() < image.brokers().size(); i++) {
            for (List<BrokerImage> rack : racks.values()) {
                if (i < rack.size()) {
                    order.add(rack.get(i));
                }
            }
        }
        return order;
    }
}
