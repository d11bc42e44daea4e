/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import org.jspecify.annotations.Nullable;

/**
 * One change of one property (KIP-339).
 *
 * @param value what to set, or the list of elements to add or take away; null to remove the value
 */
public record ConfigOperation(
        String key, Kind kind, @Nullable String value) {
    /** What is done to the value. */
    public enum Kind {
        SET,
        DELETE,
        APPEND,
        SUBTRACT
    }
}
