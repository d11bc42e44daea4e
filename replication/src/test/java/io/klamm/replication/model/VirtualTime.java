/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.replication.partition.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Time that moves from event to event. Equal times run in the order in which they were scheduled. */
public final class VirtualTime implements Scheduler, LongSupplier {
    private static final class Event {
        private final long atNanos;
        private final long number;
        private final Runnable task;
        private boolean cancelled;

        private Event(long atNanos, long number, Runnable task) {
            this.atNanos = atNanos;
            this.number = number;
            this.task = task;
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>(
            Comparator.<Event>comparingLong(event -> event.atNanos).thenComparingLong(event -> event.number));
    private long nowNanos = TimeUnit.HOURS.toNanos(1);
    private long numbers;

    @Override
    public long getAsLong() {
        return nowNanos;
    }

    public long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nowNanos);
    }

    @Override
    public Runnable schedule(long delayNanos, Runnable task) {
        Event event = new Event(nowNanos + Math.max(0, delayNanos), numbers++, task);
        events.add(event);
        return () -> event.cancelled = true;
    }

    public void scheduleMs(long delayMs, Runnable task) {
        schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), task);
    }

    /** Runs everything due within the next {@code ms}. */
    public void advanceMs(long ms) {
        long until = nowNanos + TimeUnit.MILLISECONDS.toNanos(ms);
        while (!events.isEmpty() && events.peek().atNanos <= until) {
            step();
        }
        nowNanos = until;
    }

    /** Runs the next event; false when there is none. */
    public boolean step() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, event.atNanos);
        if (!event.cancelled) {
            event.task.run();
        }
        return true;
    }
}
