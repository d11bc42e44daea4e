/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.Locale;

/** Which groups with members may change their protocol (KIP-848); those without any always may. */
public enum MigrationPolicy {
    DISABLED,
    /** From classic to consumer. */
    UPGRADE,
    /** From consumer to classic. */
    DOWNGRADE,
    BIDIRECTIONAL;

    /** @throws IllegalArgumentException when there is none of this name */
    public static MigrationPolicy of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    boolean upgrades() {
        return this == UPGRADE || this == BIDIRECTIONAL;
    }

    boolean downgrades() {
        return this == DOWNGRADE || this == BIDIRECTIONAL;
    }
}
