/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** A topic as commands show it; partitions in order. */
record TopicView(String topic, String topicId, boolean internal, List<PartitionView> partitions) {

    /** Replicas of the first partition; a topic may mix them. */
    @JsonProperty("replicationFactor")
    int replicationFactor() {
        return partitions.isEmpty() ? 0 : partitions.get(0).replicas().size();
    }
}
