/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/** What a dynamic configuration belongs to. The ids are Kafka's. */
public enum ConfigResourceType {
    TOPIC((byte) 2),
    BROKER((byte) 4),
    /** A consumer group; written from {@link MetadataVersions#GROUP_CONFIGS} on. */
    GROUP((byte) 32);

    private final byte id;

    ConfigResourceType(byte id) {
        this.id = id;
    }

    public byte id() {
        return id;
    }
}
