/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import org.jspecify.annotations.Nullable;

/** Runs steps all of which must run, whatever fails; the first failure is the cause, and knows the others. For one thread. */
public final class FirstFailure {
    private @Nullable Throwable first;

    /** Runs a step, and keeps its failure. */
    public FirstFailure in(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            if (first == null) {
                first = e;
            } else if (first != e) {
                first.addSuppressed(e);
            }
        }
        return this;
    }

    /** Whether a step has failed. */
    public boolean happened() {
        return first != null;
    }

    /** Throws what was kept. */
    public void rethrow() {
        if (first instanceof RuntimeException) {
            throw (RuntimeException) first;
        }
        if (first != null) {
            throw (Error) first;
        }
    }
}
