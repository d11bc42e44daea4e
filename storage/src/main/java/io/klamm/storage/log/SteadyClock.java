/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by which things are found too old to be kept: wall time that does not believe in a jump ahead until it has lasted for an hour. A clock
 * that is set a day ahead by mistake would otherwise delete a day of records at once, on every replica, and nothing brings them back; what is
 * deleted an hour too late does no harm.
 *
 * <p>A jump is told from time that passes by the monotonic clock. A jump back is followed at once, since it deletes nothing. There is nothing
 * to compare the time of the first look with: a node that starts with a wrong clock believes it. Not for timestamps of records. Thread-safe.
 */
public final class SteadyClock extends Clock {
    /** Of less the clock may be corrected between two looks. */
    static final Duration TOLERANCE = Duration.ofSeconds(10);

    /** So long a jump must have lasted. */
    static final Duration PROBATION = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(SteadyClock.class);

    private final Clock wallClock;
    private final LongSupplier nanoTime;

    private long shownMs;
    private long lookedAtNanos;

    private boolean doubting;
    /** How far the clock was ahead when the doubt began. */
    private long doubtedMs;

    private long doubtingSinceNanos;

    /** @param nanoTime monotonic */
    public SteadyClock(Clock wallClock, LongSupplier nanoTime) {
        this.wallClock = wallClock;
        this.nanoTime = nanoTime;
        this.shownMs = wallClock.millis();
        this.lookedAtNanos = nanoTime.getAsLong();
    }

    @Override
    public synchronized long millis() {
        long nowNanos = nanoTime.getAsLong();
        long wallMs = wallClock.millis();
        // What is less than a millisecond counts for the next look.
        long passedMs = TimeUnit.NANOSECONDS.toMillis(nowNanos - lookedAtNanos);
        lookedAtNanos += TimeUnit.MILLISECONDS.toNanos(passedMs);
        long expectedMs = shownMs + passedMs;
        long aheadMs = wallMs - expectedMs;
        if (aheadMs <= TOLERANCE.toMillis()) {
            if (doubting) {
                doubting = false;
                LOG.info("The wall clock, which had jumped ahead by {} ms, is back", doubtedMs);
            }
            shownMs = wallMs;
        } else {
            shownMs = doubt(aheadMs, nowNanos) ? expectedMs : wallMs;
        }
        return shownMs;
    }

    private boolean doubt(long aheadMs, long nowNanos) {
        if (!doubting || aheadMs > doubtedMs + TOLERANCE.toMillis()) {
            doubting = true;
            doubtedMs = aheadMs;
            doubtingSinceNanos = nowNanos;
            LOG.warn(
                    "The wall clock has jumped ahead by {} ms: nothing is deleted for its age by the new time until that has lasted for {}",
                    aheadMs,
                    PROBATION);
        }
        if (nowNanos - doubtingSinceNanos < PROBATION.toNanos()) {
            return true;
        }
        doubting = false;
        LOG.info(
                "The wall clock stays where it is since it has jumped ahead by {} ms: ages are counted by it", aheadMs);
        return false;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return wallClock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new SteadyClock(wallClock.withZone(zone), nanoTime);
    }
}
