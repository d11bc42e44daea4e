/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.benchmark.ProcessUsage;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjDoubleConsumer;

/** Nobody asks the nodes for anything. */
record Idle(String name, int seconds) implements Workload {
    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws InterruptedException {
        double cpuBefore = subject.cpuSeconds();
        TimeUnit.SECONDS.sleep(seconds);
        figures.accept(
                new Figure(name, "CPU of the nodes", "s in 10 s"), (subject.cpuSeconds() - cpuBefore) * 10 / seconds);
        figures.accept(new Figure(name, "resident memory of the nodes", "MiB"), (double)
                ProcessUsage.residentMiB(subject.pids()));
        figures.accept(new Figure(name, "most resident memory so far", "MiB"), (double)
                ProcessUsage.peakResidentMiB(subject.pids()));
    }
}
