/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Span;

/** Where a member of a group takes down what it does. */
interface Diary {
    /** Nanoseconds since the start of the run. */
    long now();

    void add(Event event);

    /**
     * Something that goes on, as it is when nothing more is heard of it: the next event of its kind, of the same partition, takes its
     * place. Only who may be killed at any moment has to know.
     */
    default void open(Event event) {}

    /** Records were taken down that are not committed yet. Here a member may end. */
    default void read() {}

    default Span since(long invokedNanos) {
        return new Span(invokedNanos, now());
    }
}
