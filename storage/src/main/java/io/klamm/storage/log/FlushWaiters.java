/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Those who wait for a log to be on disk up to some offset. Thread-safe; futures complete outside of its lock. */
final class FlushWaiters {
    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();

    private record Waiter(long endOffset, CompletableFuture<Void> future) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(endOffset, other.endOffset);
        }
    }

    synchronized CompletableFuture<Void> add(long endOffset) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        waiters.add(new Waiter(endOffset, future));
        return future;
    }

    /**
     * Completes whoever waits for no more than {@code flushedEnd}.
     *
     * @return true when others still wait
     */
    boolean flushed(long flushedEnd) {
        List<Waiter> done = new ArrayList<>();
        boolean more;
        synchronized (this) {
            Waiter first = waiters.peek();
            while (first != null && first.endOffset() <= flushedEnd) {
                done.add(first);
                waiters.remove();
                first = waiters.peek();
            }
            more = first != null;
        }
        done.forEach(waiter -> waiter.future().complete(null));
        return more;
    }

    /**
     * Whoever waits for more than the log holds has nothing left to wait for: it has been cut.
     *
     * @param logEndOffset asked when nobody can be added any more: who was added before waits for no more than the log has held by then,
     *     and an end that was read earlier would take those for cut whose records came after it
     */
    void truncated(LongSupplier logEndOffset) {
        List<Waiter> cut = new ArrayList<>();
        synchronized (this) {
            long end = logEndOffset.getAsLong();
            waiters.removeIf(waiter -> waiter.endOffset() > end && cut.add(waiter));
        }
        cut.forEach(waiter -> waiter.future().complete(null));
    }

    void failed(LogDirOfflineException cause) {
        List<Waiter> all;
        synchronized (this) {
            all = List.copyOf(waiters);
            waiters.clear();
        }
        all.forEach(waiter -> waiter.future().completeExceptionally(cause));
    }
}
