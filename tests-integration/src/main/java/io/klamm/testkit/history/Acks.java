/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

/** What a producer asks for, and so what an acknowledgement promises. */
public enum Acks {
    /** acks=all with idempotence: what is acknowledged is there exactly once and in order. */
    ALL_IDEMPOTENT,
    /** acks=all without idempotence: there at least once. */
    ALL,
    /** acks=1: there, unless the leader was lost soon after. */
    LEADER,
    /** acks=0: on its way, unless something was lost meanwhile. */
    NONE;

    /** Whether what is acknowledged survives every fault that leaves a replica in sync. */
    public boolean survivesFaults() {
        return this == ALL_IDEMPOTENT || this == ALL;
    }
}
