/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.netty.util.internal.ThreadExecutorMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** The event loop that the calling thread belongs to; a given one for threads that belong to none. */
public final class CallerLoop implements Supplier<ScheduledExecutorService> {
    private final ScheduledExecutorService otherwise;

    /** @param otherwise single-threaded */
    public CallerLoop(ScheduledExecutorService otherwise) {
        this.otherwise = otherwise;
    }

    @Override
    public ScheduledExecutorService get() {
        ScheduledExecutorService loop = ThreadExecutorMap.currentExecutor();
        return loop == null ? otherwise : loop;
    }
}
