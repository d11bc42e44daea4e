/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import org.jspecify.annotations.Nullable;

/**
 * A dynamic configuration value was set, or removed when {@code value} is null.
 *
 * @param type what is configured
 * @param name topic name, or node id in decimal, or empty for the default of all brokers
 * @param key the property
 * @param value its value, or null when it falls back to the default
 */
public record ConfigChanged(
        ConfigResourceType type,
        String name,
        String key,
        @Nullable String value) implements MetadataFact {
    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
