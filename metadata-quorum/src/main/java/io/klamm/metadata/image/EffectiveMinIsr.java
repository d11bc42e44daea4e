/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.PartitionState;
import org.jspecify.annotations.Nullable;

/**
 * How many in-sync replicas a partition needs before anything counts as committed (KIP-966): min.insync.replicas of the
 * topic, else of the cluster (dynamic, then static), but never more than it has replicas. The leader (high watermark) and the
 * controller (eligible leader replicas) must go by the same number, so both ask here: if the leader used a smaller one, an
 * eligible leader replica could miss what was committed without it.
 *
 * <p>That is also why a dynamic value of a single broker has no effect on this setting, though the order of Kafka's other settings
 * would put it first: the number must not change when leadership moves, and the controller could not know by which
 * broker's value an earlier leader has committed.
 */
public final class EffectiveMinIsr {
    public static final String KEY = "min.insync.replicas";
    /** Where the dynamic value of the cluster is. */
    public static final ConfigKey CLUSTER = new ConfigKey(ConfigResourceType.BROKER, "");

    private EffectiveMinIsr() {}

    /** The number for a partition in this state, by its {@link PartitionState#replicationFactor}; otherwise as below. */
    public static int of(MetadataImage image, String topic, PartitionState state, int clusterDefault) {
        return of(image, topic, state.replicationFactor(), clusterDefault);
    }

    /**
     * @param topic name of the topic
     * @param replicas how many replicas the partition has
     * @param clusterDefault min.insync.replicas of the static configuration, which is the same on all nodes; -1 means 2 when
     *     there is more than one replica
     * @return at least 1
     */
    public static int of(MetadataImage image, String topic, int replicas, int clusterDefault) {
        return of(
                image.config(new ConfigKey(ConfigResourceType.TOPIC, topic)).get(KEY), image, replicas, clusterDefault);
    }

    /**
     * The same for a topic that is not in the image yet.
     *
     * @param topicValue what the topic sets, null when it sets nothing
     */
    public static int of(@Nullable String topicValue, MetadataImage image, int replicas, int clusterDefault) {
        String value = topicValue != null ? topicValue : image.config(CLUSTER).get(KEY);
        int wanted = value == null ? clusterDefault : parse(value, clusterDefault);
        if (wanted < 1) {
            wanted = 2;
        }
        return Math.max(1, Math.min(wanted, replicas));
    }

    /** Values are validated before they become facts; one that is not a number counts as not set. */
    private static int parse(String value, int otherwise) {
        try {
            return Integer.parseInt(value.trim());
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
