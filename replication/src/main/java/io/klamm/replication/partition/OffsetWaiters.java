/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.kafka.common.protocol.Errors;

/**
 * Produce requests parked until an offset has reached what each needs. Every waiter ends exactly once: by offset, by deadline, or
 * all at once when the role ends. One timer for all of them, armed for the earliest deadline, so that a request that is answered
 * in time costs no timer. Guarded by the partition's lock, the timer's call included.
 */
final class OffsetWaiters {
    /** Told how the wait ended. */
    interface Waiter {
        void complete(Errors error);
    }

    private record Entry(long requiredOffset, long deadlineNanos, long number, Waiter waiter) {}

    /** Where the timer calls: takes the partition's lock and calls {@link #expire}. */
    interface Alarm {
        /** @return cancels it */
        Runnable at(long deadlineNanos);
    }

    private final Alarm alarm;
    private final int limit;
    private final PriorityQueue<Entry> byOffset =
            new PriorityQueue<>(Comparator.comparingLong(Entry::requiredOffset).thenComparingLong(Entry::number));
    private long numbers;
    private boolean armed;
    private long armedFor;
    private Runnable disarm = () -> {};

    OffsetWaiters(int limit, Alarm alarm) {
        this.limit = limit;
        this.alarm = alarm;
    }

    boolean full() {
        return byOffset.size() >= limit;
    }

    int size() {
        return byOffset.size();
    }

    /** @param requiredOffset completed when the offset is at or above it */
    void park(long requiredOffset, long deadlineNanos, Waiter waiter) {
        byOffset.add(new Entry(requiredOffset, deadlineNanos, numbers++, waiter));
        if (!armed || deadlineNanos - armedFor < 0) {
            arm(deadlineNanos);
        }
    }

    /** Completes everything that needs no more than {@code offset}. */
    void completeTo(long offset, Errors error, Effects effects) {
        for (Entry first = byOffset.peek(); first != null && first.requiredOffset <= offset; first = byOffset.peek()) {
            byOffset.remove();
            end(first, error, effects);
        }
    }

    /** The role has ended. */
    void completeAll(Errors error, Effects effects) {
        completeTo(Long.MAX_VALUE, error, effects);
        if (armed) {
            disarm.run();
            armed = false;
        }
    }

    /** The timer went off: completes what is late and arms the timer for the rest. */
    void expire(long nowNanos, Errors error, Effects effects) {
        if (armed && nowNanos - armedFor < 0) {
            // a timer that was replaced while it waited for the lock
            arm(armedFor);
            return;
        }
        armed = false;
        List<Entry> late = new ArrayList<>();
        List<Entry> others = new ArrayList<>();
        for (Entry entry : byOffset) {
            (entry.deadlineNanos - nowNanos <= 0 ? late : others).add(entry);
        }
        if (!late.isEmpty()) {
            byOffset.clear();
            byOffset.addAll(others);
            late.sort(Comparator.comparingLong(Entry::number));
            late.forEach(entry -> end(entry, error, effects));
        }
        others.stream()
                .mapToLong(Entry::deadlineNanos)
                .reduce((a, b) -> a - b <= 0 ? a : b)
                .ifPresent(this::arm);
    }

    private void arm(long deadlineNanos) {
        if (armed) {
            disarm.run();
        }
        armed = true;
        armedFor = deadlineNanos;
        disarm = alarm.at(deadlineNanos);
    }

    private static void end(Entry entry, Errors error, Effects effects) {
        effects.add(() -> entry.waiter.complete(error));
    }
}
