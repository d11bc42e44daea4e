/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a change of state calls for outside: collected under the partition's lock, run after it was given back. */
final class Effects {
    private @Nullable List<Runnable> calls;

    void add(Runnable call) {
        if (calls == null) {
            calls = new ArrayList<>(4);
        }
        calls.add(call);
    }

    /**
     * Runs all calls in order. Each belongs to somebody else, so one that throws does not keep the others from running; the first
     * failure is thrown at the end, with the others as suppressed ones.
     */
    void run() {
        if (calls == null) {
            return;
        }
        List<Runnable> now = calls;
        calls = null;
        Throwable failure = null;
        for (Runnable call : now) {
            try {
                call.run();
            } catch (RuntimeException | Error e) {
                if (failure == null) {
                    failure = e;
                } else if (failure != e) {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }
}
