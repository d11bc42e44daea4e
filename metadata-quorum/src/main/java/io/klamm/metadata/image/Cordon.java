/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.ConfigResourceType;

/**
 * Brokers that get no new replicas, since an operator is emptying them (KIP-1066): those with {@code cordoned.log.dirs=*} among their
 * dynamic settings. What they hold they keep, serve and may lead.
 */
public final class Cordon {
    public static final String KEY = "cordoned.log.dirs";
    /** The value: all log dirs. */
    public static final String ALL = "*";

    private Cordon() {}

    public static boolean isCordoned(MetadataImage image, int nodeId) {
        return ALL.equals(image.config(new ConfigKey(ConfigResourceType.BROKER, Integer.toString(nodeId)))
                .get(KEY));
    }
}
