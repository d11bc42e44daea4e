/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.ConfigResourceType;
import org.jspecify.annotations.Nullable;

/**
 * How many in-sync replicas a partition needs before anything counts as committed (KIP-966): min.insync.replicas of the
 * topic, else of the cluster, but never more than it has replicas. The leader (high watermark) and the controller (eligible
 * leader replicas) must go by the same number, so both ask here: if the leader used a smaller one, an eligible leader
 * replica could miss what was committed without it.
 */
public final class EffectiveMinIsr {
    private static final String KEY = "min.insync.replicas";
    private static final ConfigKey CLUSTER = new ConfigKey(ConfigResourceType.BROKER, "");

    private EffectiveMinIsr() {}

    /**
     * @param topic name of the topic
     * @param replicas how many replicas the partition has
     * @param clusterDefault min.insync.replicas of the static configuration, which is the same on all nodes; -1 means 2 when
     *     there is more than one replica
     * @return at least 1
     */
    public static int of(MetadataImage image, String topic, int replicas, int clusterDefault) {
        String value = configured(image, topic);
        int wanted = value == null ? clusterDefault : parse(value, clusterDefault);
        if (wanted < 1) {
            wanted = 2;
        }
        return Math.max(1, Math.min(wanted, replicas));
    }

    private static @Nullable String configured(MetadataImage image, String topic) {
        String value =
                image.config(new ConfigKey(ConfigResourceType.TOPIC, topic)).get(KEY);
        return value != null ? value : image.config(CLUSTER).get(KEY);
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
