/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.Cordon;
import io.klamm.metadata.image.MetadataImage;
import java.util.HashSet;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/** The replicas of a partition that does not exist yet: whether they can be, and how it begins. */
final class NewReplicas {
    private NewReplicas() {}

    /** Checks what a client has chosen by hand. */
    static void check(MetadataImage image, int partition, List<Integer> replicas) throws Refusal {
        if (replicas.isEmpty()) {
            throw new Refusal(
                    Errors.INVALID_REPLICA_ASSIGNMENT, "Partition " + partition + " is assigned to no broker");
        }
        if (new HashSet<>(replicas).size() < replicas.size()) {
            throw new Refusal(
                    Errors.INVALID_REPLICA_ASSIGNMENT,
                    "Partition " + partition + " is assigned to the same broker twice: " + replicas);
        }
        for (Integer replica : replicas) {
            if (image.broker(replica) == null) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "Partition " + partition + " is assigned to broker " + replica + ", which is not registered");
            }
            if (Cordon.isCordoned(image, replica)) {
                throw new Refusal(
                        Errors.INVALID_REPLICA_ASSIGNMENT,
                        "Partition " + partition + " is assigned to broker " + replica + ", which is cordoned");
            }
        }
        if (available(image, replicas).isEmpty()) {
            throw new Refusal(
                    Errors.INVALID_REPLICA_ASSIGNMENT,
                    "All brokers that partition " + partition + " is assigned to are fenced or shutting down");
        }
    }

    /** The first state: everybody who is available is in sync, since there is nothing to have yet. At least one must be. */
    static PartitionState firstState(MetadataImage image, List<Integer> replicas) {
        List<Integer> isr = available(image, replicas);
        return new PartitionState(
                replicas,
                replicas.stream().map(replica -> onlyDirectory(image, replica)).toList(),
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                isr.get(0),
                0,
                0);
    }

    /** A broker with one log dir need not be asked where it will put the replica. */
    static Uuid onlyDirectory(MetadataImage image, int nodeId) {
        BrokerImage broker = image.broker(nodeId);
        return broker != null && broker.registration().logDirs().size() == 1
                ? broker.registration().logDirs().get(0)
                : Uuid.ZERO_UUID;
    }

    private static List<Integer> available(MetadataImage image, List<Integer> replicas) {
        return replicas.stream()
                .filter(replica -> {
                    BrokerImage broker = image.broker(replica);
                    return broker != null && broker.available();
                })
                .toList();
    }
}
