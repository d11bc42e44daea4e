/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * From which offset on a log is in the page cache, in all likelihood: what was written here less than a span of the {@link CacheClock} ago.
 * (There is no asking the operating system for a range of a file without mapping it.) Two marks, made half a span apart, say it well
 * enough: where it errs, it takes something for cold that is not.
 */
final class RecentWrites {
    private static final long NEVER = Long.MIN_VALUE / 2;
    private static final Marks NONE = new Marks(NEVER, Long.MAX_VALUE, NEVER, Long.MAX_VALUE);

    /** What is at or above an offset was written at or after the time beside it. */
    private record Marks(long olderTime, long olderOffset, long newerTime, long newerOffset) {}

    private final CacheClock clock;
    private volatile Marks marks = NONE;

    RecentWrites(CacheClock clock) {
        this.clock = clock;
    }

    /** Append lock. */
    void written(long baseOffset, int bytes) {
        long time = clock.pass(bytes);
        Marks last = marks;
        if (time - last.newerTime >= clock.spanBytes() / 2) {
            marks = new Marks(last.newerTime, last.newerOffset, time, baseOffset);
        }
    }

    /** Offsets have been taken away, and what is written under them from here on is new. Append lock. */
    void forget() {
        marks = NONE;
    }

    /** Whether the record at {@code offset}, and all behind it, was written recently. Any thread. */
    boolean contains(long offset) {
        Marks now = marks;
        return isRecent(now.olderTime)
                ? offset >= now.olderOffset
                : isRecent(now.newerTime) && offset >= now.newerOffset;
    }

    private boolean isRecent(long time) {
        return clock.now() - time < clock.spanBytes();
    }
}
