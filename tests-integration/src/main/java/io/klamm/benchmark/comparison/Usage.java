/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.benchmark.ProcessUsage;
import java.util.function.ObjDoubleConsumer;

/** What a load has cost: time, CPU seconds and context switches of the nodes since this was made. */
final class Usage {
    private static final double MEGA = 1e6;
    private static final double GIGA = 1e9;

    private final Subject subject;
    private final double cpuBefore;
    private final long switchesBefore;
    private final long began = System.nanoTime();

    Usage(Subject subject) {
        this.subject = subject;
        this.cpuBefore = subject.cpuSeconds();
        this.switchesBefore = ProcessUsage.contextSwitches(subject.pids());
    }

    double seconds() {
        return (System.nanoTime() - began) / GIGA;
    }

    double cpuSeconds() {
        return subject.cpuSeconds() - cpuBefore;
    }

    /** @param bytes of records that went through */
    void tell(String workload, long bytes, ObjDoubleConsumer<Figure> figures) {
        double seconds = seconds();
        double cpu = cpuSeconds();
        long switches = ProcessUsage.contextSwitches(subject.pids()) - switchesBefore;
        figures.accept(Figure.rate(workload), bytes / MEGA / seconds);
        figures.accept(Figure.cpu(workload), cpu / (bytes / GIGA));
        figures.accept(new Figure(workload, "context switches of the nodes", "per MB"), switches / (bytes / MEGA));
    }
}
