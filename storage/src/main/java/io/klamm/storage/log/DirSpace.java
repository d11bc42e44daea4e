/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.SpaceRule.Room;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much room a log dir has. It is looked at from time to time; appends only read what was found. Thread-safe.
 *
 * <p>What is refused gets KAFKA_STORAGE_ERROR: clients take it for retriable and for surely not written (so idempotent producers keep
 * their sequence), and look for another leader meanwhile.
 */
final class DirSpace {
    private static final Logger LOG = LoggerFactory.getLogger(DirSpace.class);
    /** Where an append found the disk full though there seems to be room (a quota, no inodes), it is not tried all the time. */
    private static final long EXHAUSTED_PAUSE_MS = 5_000;

    /** Less than the smallest write may need. */
    private static final long NOTHING_LEFT_BYTES = 64 * 1024;

    private final LogFiles files;
    private final Path path;
    private final long configuredReserve;
    private volatile Room room = Room.ENOUGH;
    private volatile long totalBytes = -1;
    private volatile long usableBytes = -1;
    private boolean exhausted;
    /** What there is to give away at the very end; this object's monitor. */
    private final Ballast ballast;

    private boolean ballastLacks;
    /** How often it was given away; written under the monitor. */
    private volatile int given;

    /** @param configuredReserve log.dir.reserve.bytes */
    DirSpace(LogFiles files, Path path, long configuredReserve) {
        this.files = files;
        this.path = path;
        this.configuredReserve = configuredReserve;
        this.ballast = new Ballast(files, path);
    }

    Room room() {
        return room;
    }

    /** By the last look; -1 before the first. */
    long totalBytes() {
        return totalBytes;
    }

    /** By the last look; -1 before the first. */
    long usableBytes() {
        return usableBytes;
    }

    /** @throws RejectedBatchException when no records of clients are to be written here now */
    void checkLeader() throws RejectedBatchException {
        if (room != Room.ENOUGH) {
            throw refusal();
        }
    }

    /** @throws RejectedBatchException when no records of leaders are to be written here now */
    void checkFollower() throws RejectedBatchException {
        if (room == Room.CRITICAL) {
            throw refusal();
        }
    }

    private RejectedBatchException refusal() {
        return new RejectedBatchException(
                Errors.KAFKA_STORAGE_ERROR, "the disk of the log dir is almost full (" + usableBytes + " bytes left)");
    }

    /**
     * Looks how much room there is.
     *
     * @return when to look again, in ms
     */
    synchronized long look() throws IOException {
        long total = files.totalSpace(path);
        SpaceRule rule = SpaceRule.of(configuredReserve, total);
        long usable = files.usableSpace(path);
        totalBytes = total;
        usableBytes = usable;
        if (exhausted) {
            exhausted = false;
            return EXHAUSTED_PAUSE_MS;
        }
        enter(rule.next(room, usable), "reserve " + rule.reserveBytes());
        if (room == Room.ENOUGH && usable - 2L * Ballast.BYTES >= rule.reserveBytes()) {
            takeBallast();
        }
        return rule.pauseMs(room, usable);
    }

    private void takeBallast() throws IOException {
        try {
            ballast.make();
            ballastLacks = false;
        } catch (IOException e) {
            if (!isLackingAfter(e)) {
                throw e;
            }
            if (!ballastLacks) {
                LOG.warn("log dir {} has no ballast for a full disk: {}", path, e.toString());
            }
            ballastLacks = true;
        }
    }

    private void enter(Room next, String why) {
        Room before = room;
        room = next;
        if (next == before) {
            return;
        }
        switch (next) {
            case ENOUGH -> LOG.info("log dir {} has room again: {} bytes, {}", path, usableBytes, why);
            case LOW -> LOG.warn("log dir {} takes no records of producers: {} bytes left, {}", path, usableBytes, why);
            case CRITICAL -> LOG.warn("log dir {} takes no records at all: {} bytes left, {}", path, usableBytes, why);
        }
    }

    /**
     * Whether a write failed for want of space. What the system says of it depends on the operator's language, so the disk is asked as
     * well.
     */
    boolean isLackingAfter(IOException error) {
        return isLackingAfter(error, files, path);
    }

    /** @param path where the write was to go */
    static boolean isLackingAfter(IOException error, LogFiles files, Path path) {
        if (LogFiles.isNoSpace(error)) {
            return true;
        }
        try {
            return files.usableSpace(path) < NOTHING_LEFT_BYTES;
        } catch (IOException e) {
            LOG.warn("log dir {} does not tell how full it is: {}", path, e.toString());
            return false;
        }
    }

    /** Something that writes. */
    interface Step {
        void run() throws IOException;
    }

    /**
     * Runs what may be put off, or be left out, when there is no room for it.
     *
     * @param doing for the log line
     * @return false when there was no room; nothing more is tried then until somebody has looked
     * @throws IOException when it failed for another reason
     */
    boolean unlessFull(String doing, Step step) throws IOException {
        try {
            step.run();
            return true;
        } catch (IOException e) {
            if (!isLackingAfter(e)) {
                throw e;
            }
            exhausted(doing, e);
            return false;
        }
    }

    /** Something that writes and has a result. */
    interface Work<T extends @Nullable Object> {
        T run() throws IOException;
    }

    /**
     * Runs what cannot be put off. When there is no room for it the ballast is given away, and it runs again from its beginning.
     *
     * @param doing for the log line
     * @throws IOException when it failed for another reason, or because there is still no room ({@link #isLackingAfter})
     */
    <T extends @Nullable Object> T evenIfFull(String doing, Work<T> work) throws IOException {
        int before = given;
        try {
            return work.run();
        } catch (IOException e) {
            if (!isLackingAfter(e)) {
                throw e;
            }
            exhausted(doing, e);
            if (!giveBallast(before)) {
                throw e;
            }
        }
        return work.run();
    }

    /** What is written from now on may live off the ballast, if the disk is full: the node is about to stop. */
    void lastWrites() throws IOException {
        if (room == Room.CRITICAL) {
            giveBallast(given);
        }
    }

    /** @return whether it was given away now, or by somebody else since {@code before} */
    private synchronized boolean giveBallast(int before) throws IOException {
        if (given == before && ballast.give()) {
            LOG.warn("log dir {} is full: it gives its ballast of {} bytes away", path, Ballast.BYTES);
            given++;
        }
        return given != before;
    }

    /** @return whether so much can be written beside the log while the reserve that recovery and deletion live off stays */
    boolean hasRoomBesideLog(long bytes) throws IOException {
        SpaceRule rule = SpaceRule.of(configuredReserve, files.totalSpace(path));
        return room != Room.CRITICAL && files.usableSpace(path) - bytes >= rule.criticalBytes();
    }

    /** The same by the last look, without asking the disk; a write that has found it full since does not count. */
    boolean seemsToHaveRoomBesideLog(long bytes) {
        long total = totalBytes;
        return total < 0
                || usableBytes - bytes >= SpaceRule.of(configuredReserve, total).criticalBytes();
    }

    /** A write failed for want of space: nothing more is tried until somebody has looked. */
    RejectedBatchException exhausted(String doing, IOException error) {
        synchronized (this) {
            exhausted = true;
            enter(Room.CRITICAL, doing + " failed: " + error.getMessage());
        }
        return refusal();
    }
}
