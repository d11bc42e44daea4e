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

    /** Runs the calls in order; they must not throw. */
    void run() {
        if (calls != null) {
            List<Runnable> now = calls;
            calls = null;
            now.forEach(Runnable::run);
        }
    }
}
