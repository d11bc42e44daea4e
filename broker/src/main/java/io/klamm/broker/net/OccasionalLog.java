/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets one line for each cause through at once, and after each interval the newest of those that it kept back with their number:
 * bad clients must not fill the disk, and what they did must not be hidden by others, nor wait for the next fault to be counted.
 * Thread-safe.
 */
public final class OccasionalLog {
    static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Causes beyond these share one. */
    private static final int MOST_CAUSES = 32;

    private static final String OTHERS = "others";

    /** Does something later. */
    public interface Later {
        /** @throws RejectedExecutionException when nothing is done any more */
        void in(long delayNanos, Runnable task);
    }

    private static final class Recent {
        @Nullable
        Consumer<String> newest;

        long keptBack;
    }

    private final Later later;
    private final Map<String, Recent> causes = new HashMap<>();

    public OccasionalLog(Later later) {
        this.later = later;
    }

    public static OccasionalLog on(ScheduledExecutorService timer) {
        return new OccasionalLog((delay, task) -> {
            ScheduledFuture<?> unused = timer.schedule(task, delay, TimeUnit.NANOSECONDS);
        });
    }

    /**
     * @param cause lines of the same cause stand for each other; of few different values
     * @param line gets a suffix for the line: empty, or how many were kept back. Called at once, or on the timer within the
     *     interval, or never.
     */
    public void log(String cause, Consumer<String> line) {
        String key;
        boolean first;
        synchronized (this) {
            key = causes.containsKey(cause) || causes.size() < MOST_CAUSES ? cause : OTHERS;
            Recent recent = causes.get(key);
            first = recent == null;
            if (recent == null) {
                causes.put(key, new Recent());
            } else {
                recent.newest = line;
                recent.keptBack++;
            }
        }
        if (first) {
            flushLater(key);
            line.accept("");
        }
    }

    private void flushLater(String key) {
        try {
            later.in(INTERVAL_NANOS, () -> flush(key));
        } catch (RejectedExecutionException e) {
            synchronized (this) {
                causes.remove(key); // the node stops
            }
        }
    }

    private void flush(String key) {
        Consumer<String> line;
        long others;
        synchronized (this) {
            Recent recent = causes.get(key);
            if (recent == null || recent.newest == null) {
                causes.remove(key);
                return;
            }
            line = recent.newest;
            others = recent.keptBack - 1;
            recent.newest = null;
            recent.keptBack = 0;
        }
        flushLater(key);
        line.accept(others == 0 ? "" : " (and " + others + " more like it within 10 s)");
    }
}
