/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.WorkerThread;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;

/** Does to several nodes at the same time what takes its time for each. */
final class AtOnce {
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    private AtOnce() {}

    /** Returns when it is done for all; one that fails stops no other. */
    static void each(List<Integer> nodes, IntConsumer step) {
        List<WorkerThread> threads = nodes.stream()
                .map(node -> new WorkerThread("at-once-" + node, () -> step.accept(node)).start())
                .toList();
        FirstFailure failures = new FirstFailure();
        threads.forEach(thread -> failures.in(() -> thread.end(AT_MOST)));
        failures.rethrow();
    }
}
