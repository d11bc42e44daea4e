/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.lang.management.ManagementFactory;

/** What one case of a fuzz run may take: memory by its input's size, and time. */
final class FuzzLimits {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long MAX_CPU_NANOS = 10_000_000_000L;

    private long allocatedBefore;
    private long cpuBefore;
    private long most;

    /** What must not happen throws. */
    interface Case {
        void run() throws Exception;
    }

    /**
     * @param maxBytes what the thread may allocate in the case
     * @throws AssertionError when the case takes too much
     */
    void measure(long maxBytes, Case toRun) throws Exception {
        cpuBefore = THREADS.getCurrentThreadCpuTime();
        allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        toRun.run();
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        long cpu = THREADS.getCurrentThreadCpuTime() - cpuBefore;
        most = Math.max(most, allocated);
        if (allocated > maxBytes) {
            throw new AssertionError(allocated + " bytes allocated, more than " + maxBytes);
        }
        if (cpu > MAX_CPU_NANOS) {
            throw new AssertionError(cpu / 1_000_000 + " ms of CPU");
        }
    }

    /** Most bytes that a case has allocated. */
    long most() {
        return most;
    }
}
