/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What the groups of a shard need of the world. Everything is called, and everything scheduled runs, on the thread of the shard;
 * a simulation gives its own.
 */
interface GroupPorts {
    /** Wall clock: what is written into records. */
    long nowMs();

    /** Monotonic clock: sessions and deadlines. */
    long monotonicMs();

    /**
     * Appends to the log of the shard, all or nothing. The state may be changed when it returns NONE, and must not be otherwise.
     *
     * @return NONE, or the error as a client of the coordinator must see it
     */
    Errors append(List<GroupRecord> records);

    /** Answers when all that has been appended so far is committed: an answer never tells what may still be lost. */
    <T> void reply(CompletableFuture<T> reply, T answer);

    /**
     * Runs the task once, unless it is cancelled or the shard ends before.
     *
     * @return cancels it
     */
    Runnable schedule(long delayMs, Runnable task);

    /**
     * Computes something on another thread, and goes on here with the result unless the shard ends before. The result is null when it
     * could not be computed, or nobody has time for it.
     */
    <T> void compute(Supplier<T> work, Consumer<@Nullable T> then);

    /** An id that no member ever had. */
    String newMemberId(String prefix);
}
