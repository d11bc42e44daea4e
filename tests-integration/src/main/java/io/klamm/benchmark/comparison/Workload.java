/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.function.ObjDoubleConsumer;

/** A load, and what is to be known of it. */
interface Workload {
    /** Begins the name of each of its figures. */
    String name();

    /**
     * Puts the load on the nodes and measures.
     *
     * @param figures takes what was measured
     */
    void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception;
}
