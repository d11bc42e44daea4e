/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What processes were asked and have not answered. Everything is answered once, in time, or the process is dead; when it stops in order,
 * everything is answered before.
 */
final class Operations {
    private static final long LATE_MS = 200;

    private final Map<SimProcess, Set<Operation>> open = new HashMap<>();

    /** One of them. */
    final class Operation {
        private final SimProcess process;
        private final String what;
        private boolean done;

        private Operation(SimProcess process, String what) {
            this.process = process;
            this.what = what;
        }

        void done() {
            if (done) {
                throw Broken.promise("node %s has answered twice: %s", process.nodeId(), what);
            }
            done = true;
            Set<Operation> others = open.get(process);
            if (others != null) {
                others.remove(this);
            }
        }

        private void mustBeDone() {
            if (!done) {
                throw Broken.promise("node %s has never answered: %s", process.nodeId(), what);
            }
        }
    }

    /** @param withinMs its own deadline */
    Operation begin(SimProcess process, String what, long withinMs) {
        Operation operation = new Operation(process, what);
        open.computeIfAbsent(process, any -> new LinkedHashSet<>()).add(operation);
        watch(operation, TimeUnit.MILLISECONDS.toNanos(withinMs));
        return operation;
    }

    /** A process that stood still is given that time back, and then catches up with what was due meanwhile before it is blamed. */
    private void watch(Operation operation, long nanos) {
        SimProcess process = operation.process;
        long stoodStill = process.pausedNanos();
        process.schedule(nanos, () -> {
            long lost = process.pausedNanos() - stoodStill;
            if (lost > 0) {
                watch(operation, lost);
            } else {
                process.schedule(TimeUnit.MILLISECONDS.toNanos(LATE_MS), operation::mustBeDone);
            }
        });
    }

    /** It was killed. */
    void died(SimProcess process) {
        open.remove(process);
    }

    /** It has stopped in order. */
    void stopped(SimProcess process) {
        Set<Operation> left = open.remove(process);
        if (left != null && !left.isEmpty()) {
            left.iterator().next().mustBeDone();
        }
    }
}
