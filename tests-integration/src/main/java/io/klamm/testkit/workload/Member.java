/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

/** A member of a group at work, in one way or another. */
interface Member {
    /** Goes, and says so; does not wait. */
    void leave();

    /** Is gone without a word, now or soon; does not wait. */
    void vanish();

    /** Waits until it is gone. */
    void awaitEnd();

    /** @throws AssertionError when it has ended by itself */
    void check();
}
