/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

/**
 * Something that was measured.
 *
 * @param workload during what
 * @param what of it
 * @param unit of the value
 */
record Figure(String workload, String what, String unit) {
    static Figure rate(String workload) {
        return new Figure(workload, "throughput", "MB/s");
    }

    static Figure cpu(String workload) {
        return new Figure(workload, "CPU of the nodes", "s/GB");
    }
}
