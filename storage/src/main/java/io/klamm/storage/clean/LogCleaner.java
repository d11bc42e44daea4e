/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.log.CleanableLog;
import io.klamm.storage.log.CleanableLog.View;
import io.klamm.storage.log.CleaningAbortedException;
import io.klamm.storage.log.LogDirOfflineException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts the logs of a node: each of its threads takes the log with the largest part that is new, cleans it, and looks for the
 * next. A log whose records cannot be read is set aside, with one line in the log, until its content changes; after any other failure it
 * is tried again, with pauses that grow; for want of room, as soon as there is some. The others go on.
 * Thread-safe. Its threads are never interrupted, since that would close the files of others.
 */
public final class LogCleaner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);
    private static final long LOOK_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long CLOSE_TIMEOUT_MS = 30_000;
    private static final long SHORTEST_RETRY_MS = 15_000;
    private static final long LONGEST_RETRY_MS = 3_600_000;
    /** Where a disk seems to have room, but has not. */
    private static final long LONGEST_RETRY_FOR_ROOM_MS = 60_000;

    private volatile CleanerConfig config;
    private final Supplier<? extends Collection<CleanableLog>> logs;
    private final Clock wallClock;
    private final LongSupplier nanoTime;
    private volatile IoThrottle throttle;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock lock = new ReentrantLock();
    /** Signalled when the cleaner is to stop, or its settings have changed. */
    private final Condition changed = lock.newCondition();

    /** By their number; guarded by the lock. */
    private final Map<Integer, Thread> threads = new TreeMap<>();

    private final Set<CleanableLog> busy = new HashSet<>();
    private final Map<CleanableLog, Content> setAside = new HashMap<>();
    private final Map<CleanableLog, Retry> retries = new HashMap<>();
    /** Of maps that are done with; one for each thread at most. */
    private final Queue<ByteBuffer> spareMemory = new ConcurrentLinkedQueue<>();

    private boolean started;
    private volatile boolean stopped;
    private volatile double dirtiest;
    private volatile long lastCleaningMs;
    private final LongAdder cleanings = new LongAdder();
    private final LongAdder bytesBefore = new LongAdder();
    private final LongAdder bytesAfter = new LongAdder();

    /** What a log holds, to see whether that has changed by more than what was appended. */
    private record Content(int cuts, long firstOffset) {
        static Content of(View view) {
            return new Content(
                    view.cuts(),
                    view.segments().isEmpty()
                            ? view.logStartOffset()
                            : view.segments().get(0).baseOffset());
        }
    }

    /**
     * When to try again, on the monotonic clock.
     *
     * @param bytesWanted and when there is room for so many, see {@link CleanableLog#hasRoomFor}
     */
    private record Retry(long atNanos, long pauseMs, long bytesWanted) {
        private static final long NO_ROOM_WANTED = -1;

        static Retry after(@Nullable Retry before, long nowNanos, long longestMs, long bytesWanted) {
            long pauseMs = before == null ? SHORTEST_RETRY_MS : Math.min(longestMs, 2 * before.pauseMs);
            return new Retry(nowNanos + TimeUnit.MILLISECONDS.toNanos(pauseMs), pauseMs, bytesWanted);
        }

        boolean lacksRoom(CleanableLog log) {
            return bytesWanted != NO_ROOM_WANTED && !log.hasRoomFor(bytesWanted);
        }

        /** The disk has been seen to be full: as soon as it is not, there is nothing more to wait for. */
        Retry whenThereIsRoom(long nowNanos) {
            return new Retry(nowNanos, SHORTEST_RETRY_MS, bytesWanted);
        }
    }

    private enum Outcome {
        DONE,
        FAILED,
        NO_ROOM
    }

    private record Choice(CleanableLog log, double dirtyRatio, boolean due) {
        boolean isBefore(@Nullable Choice other) {
            return other == null || (due == other.due ? dirtyRatio > other.dirtyRatio : due);
        }
    }

    /**
     * @param logs those that are to be compacted, at this moment
     * @param wallClock for lags and delete horizons
     * @param nanoTime monotonic, for the throttle
     */
    public LogCleaner(
            CleanerConfig config,
            Supplier<? extends Collection<CleanableLog>> logs,
            Clock wallClock,
            LongSupplier nanoTime) {
        this.config = config;
        this.logs = logs;
        this.wallClock = wallClock;
        this.nanoTime = nanoTime;
        this.throttle = new IoThrottle(config.ioMaxBytesPerSecond(), nanoTime);
    }

    /** Starts the threads; once. */
    public void start() {
        lock.lock();
        try {
            started = true;
            startMissing();
        } finally {
            lock.unlock();
        }
    }

    /** Other settings from now on; a cleaning that is under way ends with those that it began with, but for the throttle. */
    public void configure(CleanerConfig newConfig) {
        lock.lock();
        try {
            if (newConfig.equals(config)) {
                return;
            }
            throttle = new IoThrottle(newConfig.ioMaxBytesPerSecond(), nanoTime);
            config = newConfig;
            spareMemory.clear();
            changed.signalAll();
            if (started) {
                startMissing();
            }
        } finally {
            lock.unlock();
        }
    }

    private void startMissing() {
        for (int number = 0; number < config.threads() && !stopped; number++) {
            if (!threads.containsKey(number)) {
                int own = number;
                Thread thread = new Thread(() -> run(own), "log-cleaner-" + number);
                thread.setDaemon(true);
                threads.put(number, thread);
                thread.start();
            }
        }
    }

    /** Number of threads that clean now. */
    int threads() {
        lock.lock();
        try {
            return threads.size();
        } finally {
            lock.unlock();
        }
    }

    private void run(int number) {
        try {
            while (isWanted(number)) {
                CleanerConfig before = config;
                boolean found = false;
                try {
                    found = cleanOne();
                } catch (RuntimeException | Error e) {
                    LOG.error("choosing a log to compact failed", e);
                }
                if (!found) {
                    rest(before);
                }
            }
        } finally {
            ended(number);
        }
    }

    /** However the thread has come to its end: it can be started anew. */
    private void ended(int number) {
        lock.lock();
        try {
            threads.remove(number, Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }

    /** Whether the thread goes on; one that is not wanted any more is forgotten at once, so that it can be started anew. */
    private boolean isWanted(int number) {
        lock.lock();
        try {
            boolean wanted = number < config.threads();
            if (!wanted) {
                threads.remove(number);
            }
            return wanted && !stopped;
        } finally {
            lock.unlock();
        }
    }

    /** Until the pause is over, or other settings count than {@code before}, which were seen before there was nothing to do. */
    private void rest(CleanerConfig before) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(before.backoffMs());
            while (left > 0 && !stopped && config.equals(before)) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            stopped = true; // not ours to be interrupted: whoever does it wants an end
        } finally {
            lock.unlock();
        }
    }

    /**
     * Cleans the log that needs it most, on the caller's thread. One for which there is no room does not keep the next one waiting.
     *
     * @return false when none needs it, or it could not be done
     */
    public boolean cleanOne() {
        Outcome outcome = Outcome.NO_ROOM;
        while (outcome == Outcome.NO_ROOM && !stopped) {
            CleanableLog log = choose();
            if (log == null) {
                return false;
            }
            try {
                outcome = clean(log);
            } finally {
                lock.lock();
                try {
                    busy.remove(log);
                } finally {
                    lock.unlock();
                }
            }
        }
        return outcome == Outcome.DONE;
    }

    private @Nullable CleanableLog choose() {
        lock.lock();
        try {
            Collection<CleanableLog> all = logs.get();
            setAside.keySet().retainAll(Set.copyOf(all));
            retries.keySet().retainAll(Set.copyOf(all));
            double most = 0;
            Choice best = null;
            for (CleanableLog log : all) {
                Choice choice = busy.contains(log) ? null : consider(log);
                if (choice != null) {
                    most = Math.max(most, choice.dirtyRatio());
                    best = choice.isBefore(best) ? choice : best;
                }
            }
            dirtiest = most;
            if (best == null) {
                return null;
            }
            busy.add(best.log());
            return best.log();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Choice consider(CleanableLog log) {
        try {
            View view = log.glance();
            if (!view.segments().isEmpty() && isCleanable(log, view)) {
                CleaningPlan plan = CleaningPlan.of(view, log.config().compaction(), wallClock.millis());
                if (plan.isWorthwhile(log.config().compaction())) {
                    return new Choice(log, plan.dirtyRatio(), plan.due());
                }
            }
        } catch (CleaningAbortedException | LogDirOfflineException e) {
            LOG.debug("{} is left alone: {}", log, e.getMessage());
        }
        return null;
    }

    private boolean isCleanable(CleanableLog log, View view) {
        Retry retry = retries.get(log);
        if (retry != null && retry.lacksRoom(log)) {
            retries.put(log, retry.whenThereIsRoom(nanoTime.getAsLong()));
            return false;
        }
        if (retry != null && retry.atNanos() - nanoTime.getAsLong() > 0) {
            return false;
        }
        Content failedWith = setAside.get(log);
        if (failedWith == null) {
            return true;
        }
        if (failedWith.equals(Content.of(view))) {
            return false;
        }
        setAside.remove(log);
        return true;
    }

    private Outcome clean(CleanableLog log) {
        View view = null;
        try {
            boolean more = true;
            while (more) {
                view = log.view();
                more = pass(log, view);
            }
            forgetFailure(log);
            return Outcome.DONE;
        } catch (CleaningAbortedException e) {
            LOG.debug("compacting {} has ended early: {}", log, e.getMessage());
            if (e.isForWantOfRoom()) {
                tryLater(log, LONGEST_RETRY_FOR_ROOM_MS, e.bytesWanted());
                return Outcome.NO_ROOM;
            }
        } catch (LogDirOfflineException e) {
            LOG.debug("compacting {} has ended early: {}", log, e.getMessage());
        } catch (CorruptRecordsException e) {
            LOG.warn("{} cannot be compacted and is set aside until its content changes: {}", log, e.getMessage());
            setAside(log, view);
        } catch (RuntimeException | Error e) { // a codec whose native library is missing is a LinkageError
            LOG.error("compacting {} has failed; it is tried again in {} ms", log, tryLater(log), e);
        }
        return Outcome.FAILED;
    }

    /** @return whether there were more keys than memory, so that another pass is needed */
    private boolean pass(CleanableLog log, View view)
            throws CorruptRecordsException, CleaningAbortedException, LogDirOfflineException {
        long startMs = wallClock.millis();
        CleaningPlan plan = CleaningPlan.of(view, log.config().compaction(), startMs);
        if (plan.dirtyBytes() == 0 && !plan.expired()) {
            return false;
        }
        CleanerConfig settings = config;
        OffsetMap lastOffsets = new OffsetMap(
                spareMemory.poll(),
                settings.mapBytes(),
                Math.max(0, plan.endOffset() - plan.dirtyOffset()),
                settings.loadFactor(),
                KeyHash.secret(random));
        LogCleaning.Result result;
        try {
            Pace pace = bytes -> pace(bytes, log, view);
            result = new LogCleaning(log, view, plan, lastOffsets, settings.bufferBytes(), startMs, pace).run();
        } finally {
            if (settings.equals(config)) {
                spareMemory.add(lastOffsets.memory());
            }
        }
        long tookMs = wallClock.millis() - startMs;
        lastCleaningMs = tookMs;
        cleanings.increment();
        bytesBefore.add(result.bytesBefore());
        bytesAfter.add(result.bytesAfter());
        LOG.info(
                "compacted {} up to offset {}: {} bytes became {}, {} keys, {} ms",
                log,
                result.endOffset(),
                result.bytesBefore(),
                result.bytesAfter(),
                result.keys(),
                tookMs);
        return result.endOffset() < plan.endOffset();
    }

    /** @return the pause, ms */
    private long tryLater(CleanableLog log) {
        return tryLater(log, LONGEST_RETRY_MS, Retry.NO_ROOM_WANTED);
    }

    private long tryLater(CleanableLog log, long longestMs, long bytesWanted) {
        lock.lock();
        try {
            Retry retry = Retry.after(retries.get(log), nanoTime.getAsLong(), longestMs, bytesWanted);
            retries.put(log, retry);
            return retry.pauseMs();
        } finally {
            lock.unlock();
        }
    }

    private void forgetFailure(CleanableLog log) {
        lock.lock();
        try {
            retries.remove(log);
        } finally {
            lock.unlock();
        }
    }

    private void setAside(CleanableLog log, @Nullable View view) {
        lock.lock();
        try {
            setAside.put(log, view == null ? new Content(0, 0) : Content.of(view));
        } finally {
            lock.unlock();
        }
    }

    private void pace(int bytes, CleanableLog log, View view) throws CleaningAbortedException, LogDirOfflineException {
        long until = throttle.moved(bytes);
        log.checkUncut(view);
        for (long left = until - nanoTime.getAsLong(); left > 0 && !stopped; left = until - nanoTime.getAsLong()) {
            awaitStop(Math.min(left, LOOK_UP_NANOS));
            log.checkUncut(view);
        }
        if (stopped) {
            throw new CleaningAbortedException("the cleaner is stopping");
        }
    }

    /** Waits for the time, or until the cleaner is to stop. */
    private void awaitStop(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !stopped) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            stopped = true; // not ours to be interrupted: whoever does it wants an end
        } finally {
            lock.unlock();
        }
    }

    /** Logs that could not be cleaned, those that will be tried again included. */
    public int setAsideLogs() {
        lock.lock();
        try {
            return setAside.size() + retries.size();
        } finally {
            lock.unlock();
        }
    }

    /** Cleanings that have come to their end since the start. */
    public long cleanings() {
        return cleanings.sum();
    }

    /** Bytes of the segments that were cleaned, since the start. */
    public long bytesBefore() {
        return bytesBefore.sum();
    }

    /** Bytes that were left of them. */
    public long bytesAfter() {
        return bytesAfter.sum();
    }

    /** Largest part of a log, among those due, that no cleaning had been through when one was chosen last; 0 to 1. */
    public double dirtiestRatio() {
        return dirtiest;
    }

    /** Time that the last cleaning took, ms. */
    public long lastCleaningMs() {
        return lastCleaningMs;
    }

    /** Ends what is going on between two batches; what was put in place stays. Bounded. */
    @Override
    public void close() {
        List<Thread> running;
        lock.lock();
        try {
            running = List.copyOf(threads.values());
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MS);
        for (Thread thread : running) {
            try {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                thread.join(Math.max(1, leftMs));
                if (thread.isAlive()) {
                    LOG.warn("{} still runs", thread.getName());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
