/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Other replicas for a partition.
 *
 * @param from node ids of the replicas it has, preferred leader first
 * @param to those it is to have; the same ones in another order move no records
 */
record ReplicaMove(String topic, int partition, List<Integer> from, List<Integer> to) {
    /** How many replicas have to be copied. */
    @JsonProperty("copies")
    long copies() {
        return to.stream().filter(node -> !from.contains(node)).count();
    }
}
