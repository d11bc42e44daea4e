/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import org.apache.kafka.common.Uuid;

/** Takes the news where this node's replicas are (KIP-858), to tell the controller. Implemented by the broker module. Thread-safe. */
@FunctionalInterface
public interface ReplicaLocations {
    /** Stands for a dir that is not online and whose id is not known; Kafka's own value. */
    Uuid LOST = new Uuid(0, 1);

    /**
     * The replica is in this log dir, and the image says something else.
     *
     * @param directory id of the dir, which may be offline, or {@link #LOST}
     */
    void located(PartitionId id, Uuid directory);
}
