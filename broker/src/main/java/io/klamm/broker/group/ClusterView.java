/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.TopicPartitions.Topic;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What groups see of the cluster's metadata: one version of it. */
interface ClusterView {
    /** Of one image after the other it grows. */
    long version();

    /** Null when there is no such topic. */
    @Nullable
    Topic topic(String name);

    /** Null when there is no such topic. */
    default @Nullable Uuid topicId(String name) {
        Topic topic = topic(name);
        return topic == null ? null : topic.id();
    }

    /** Null when there is no such topic. */
    @Nullable
    String topicName(Uuid id);

    /** Names of all topics. */
    Iterable<String> topicNames();

    /** What has been set for the group by name (resource type GROUP), by property. */
    Map<String, String> groupConfig(String groupId);
}
