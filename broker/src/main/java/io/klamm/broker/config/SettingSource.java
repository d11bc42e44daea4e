/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

/** Where a value comes from, with Kafka's ids of ConfigSource in DescribeConfigs (KIP-226), strongest first. */
public enum SettingSource {
    TOPIC((byte) 1),
    DYNAMIC_BROKER((byte) 2),
    DYNAMIC_DEFAULT_BROKER((byte) 3),
    STATIC_BROKER((byte) 4),
    DEFAULT((byte) 5),
    GROUP((byte) 8);

    private final byte id;

    SettingSource(byte id) {
        this.id = id;
    }

    public byte id() {
        return id;
    }
}
