/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * What may be written to a log dir whose disk runs full. Leaders stop taking records when less than the reserve is left. Followers go on
 * down to half of it: what leaders with more room have taken already is still replicated, and of nodes that fill up together the
 * leaders stop first. Everything else (fetching, deletion, retention, checkpoints, elections) goes on and lives off the reserve.
 *
 * @param reserveBytes bytes to keep free; 0 lets everything be written until the disk is full
 */
record SpaceRule(long reserveBytes) {
    /** Nothing is known that fills a disk faster: 1 GB/s. */
    private static final long FASTEST_BYTES_PER_MS = 1_000_000;

    private static final long SHORTEST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 5_000;
    private static final long LOW_PAUSE_MS = 500;

    private static final long AUTOMATIC_MAX_BYTES = 1L << 30;
    private static final int AUTOMATIC_SHARE = 20;

    /** Less comes later. */
    enum Room {
        /** Enough for everything. */
        ENOUGH,
        /** Leaders take nothing. */
        LOW,
        /** Followers take nothing either. */
        CRITICAL
    }

    /**
     * @param configured log.dir.reserve.bytes; -1 means the smaller of 1 GiB and a twentieth of the disk
     * @param totalBytes size of the disk
     */
    static SpaceRule of(long configured, long totalBytes) {
        return new SpaceRule(
                configured >= 0 ? configured : Math.min(AUTOMATIC_MAX_BYTES, totalBytes / AUTOMATIC_SHARE));
    }

    /** What usable space means, after {@code before}: a quarter more must be free again before things go on, so that they do not flutter. */
    Room next(Room before, long usableBytes) {
        long low = reserveBytes;
        long critical = criticalBytes();
        if (before == Room.CRITICAL) {
            critical += critical / 4;
        }
        if (before != Room.ENOUGH) {
            low += low / 4;
        }
        if (usableBytes < critical) {
            return Room.CRITICAL;
        }
        return usableBytes < low ? Room.LOW : Room.ENOUGH;
    }

    /** With less, nothing is written but what frees space again. */
    long criticalBytes() {
        return reserveBytes / 2;
    }

    /** When to look again: before the mark could have been reached. */
    long pauseMs(Room room, long usableBytes) {
        if (room != Room.ENOUGH) {
            return LOW_PAUSE_MS;
        }
        long ms = (usableBytes - reserveBytes) / FASTEST_BYTES_PER_MS;
        return Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, ms));
    }
}
