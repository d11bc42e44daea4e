/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

/** A member of a group at work, in one way or another. */
interface Member {
    /** Goes, and says so; does not wait. */
    void leave();

    /** Is gone without a word, now or soon; does not wait. */
    void vanish();

    /**
     * Is stopped (SIGSTOP) before its next commit, and knows of nothing meanwhile; does not wait.
     *
     * @return whether it can be
     */
    default boolean freeze() {
        return false;
    }

    /** Goes on with its commit, as if nothing had been. */
    default void thaw() {}

    /** Waits until it is gone, or for as long as that may take: {@link #check} tells. */
    void awaitEnd();

    /** @throws AssertionError when it has ended by itself, or was waited for and has not ended */
    void check();
}
