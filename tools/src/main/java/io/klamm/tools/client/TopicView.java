/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A topic as commands show it, the same in all of them; partitions in order.
 *
 * @param configs settings that the topic does not take from the defaults; null when they were not asked for
 */
record TopicView(
        String topic,
        String topicId,
        boolean internal,
        List<PartitionView> partitions,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, String> configs) {

    /** Replicas of the first partition; a topic may mix them. */
    @JsonProperty("replicationFactor")
    int replicationFactor() {
        return partitions.isEmpty() ? 0 : partitions.get(0).replicas().size();
    }

    TopicView withPartitions(UnaryOperator<PartitionView> change) {
        return new TopicView(
                topic, topicId, internal, partitions.stream().map(change).toList(), configs);
    }

    TopicView withConfigs(Map<String, String> own) {
        return new TopicView(topic, topicId, internal, partitions, own);
    }
}
