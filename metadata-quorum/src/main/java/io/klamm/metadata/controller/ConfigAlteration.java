/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigResourceType;
import java.util.List;

/**
 * Changes of the dynamic configuration of one resource, all or none of them.
 *
 * @param name topic name, node id in decimal, or empty for the default of all brokers; not yet validated
 * @param replacesAll whether every value that {@code operations} do not name is removed (AlterConfigs before KIP-339)
 * @param operations at most one for a key
 */
public record ConfigAlteration(
        ConfigResourceType type, String name, boolean replacesAll, List<ConfigOperation> operations) {
    public ConfigAlteration {
        operations = List.copyOf(operations);
    }
}
