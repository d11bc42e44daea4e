/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.JournalFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recovery points and log starts of all logs of one dir: two journals, in which the last line of a log counts. Recovery points are
 * collected in memory and written together; a log start is written at once and forced with others. Beside them, how far
 * compaction has come. Thread-safe.
 */
final class DirCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(DirCheckpoints.class);
    static final String RECOVERY_FILE = "recovery-point-offset-checkpoint";
    static final String LOG_START_FILE = "log-start-offset-checkpoint";
    private static final int VERSION = 2;
    /** Lines beyond twice the logs there are before a file is written anew. */
    private static final int SPARE_LINES = 1000;
    /** In place of a recovery point or a log start: the log is gone. */
    private static final long DELETED = -1;
    /** In place of a recovery point: there may have been one. */
    private static final long LOST = -2;

    private final JournalFile recoveryFile;
    private final JournalFile logStartFile;
    private final Map<String, Recovery> recoveryPoints = new ConcurrentSkipListMap<>();
    private final Map<String, LogStart> logStarts = new ConcurrentSkipListMap<>();
    /** Folders whose recovery point has moved since it was written. */
    private final Set<String> moved = ConcurrentHashMap.newKeySet();
    /** What is in the file must not count again; the file's monitor. */
    private boolean replaceRecoveryFile;
    /** The file lacks lines; the file's monitor. */
    private boolean replaceLogStartFile;

    private volatile boolean recoveryPointsLost;
    private volatile boolean logStartsLost;

    private final CleanedEnds cleanedEnds;

    /**
     * Bytes of the two journals.
     *
     * @param recoveryPoints of the one
     * @param logStarts of the other
     */
    record Sizes(long recoveryPoints, long logStarts) {
        static final Sizes NONE = new Sizes(0, 0);
    }

    private record Recovery(Uuid topicId, RecoveryPoint point) {
        String line(String folder) {
            return folder + " " + topicId + " " + point.offset() + " " + point.segmentBase() + " " + point.position()
                    + " " + point.lastEpoch() + " " + point.producers();
        }
    }

    private record LogStart(Uuid topicId, long offset) {
        String line(String folder) {
            return folder + " " + topicId + " " + offset;
        }
    }

    DirCheckpoints(LogFiles files, Path dir) {
        this.recoveryFile = new JournalFile(files, dir.resolve(RECOVERY_FILE), "recovery-points", VERSION);
        this.logStartFile = new JournalFile(files, dir.resolve(LOG_START_FILE), "log-starts", VERSION);
        this.cleanedEnds = new CleanedEnds(files, dir);
    }

    /**
     * Reads both files. Damaged recovery points count as missing, all of them, since a lost line could be one that moved back:
     * everything is scanned then. Of damaged log starts the good lines count. A journal that is shorter than it was is damaged too.
     *
     * @param atLeast what they held when they were last heard of
     */
    void load(Sizes atLeast) throws IOException {
        JournalFile.Content recovery = recoveryFile.read();
        if (recoveryFile.size() < atLeast.recoveryPoints() || (recovery != null && !recovery.whole())) {
            LOG.warn(
                    "{} is damaged or cut short and counts as missing: all logs are checked whole",
                    recoveryFile.path());
            replaceRecoveryFile = true;
            recoveryPointsLost = true;
        } else if (recovery != null) {
            recovery.lines().forEach(this::loadRecoveryPoint);
        }
        JournalFile.Content starts = logStartFile.read();
        if (logStartFile.size() < atLeast.logStarts() || (starts != null && !starts.whole())) {
            LOG.warn(
                    "{} is damaged or cut short: {} lines are used, logs without one start at their first segment",
                    logStartFile.path(),
                    starts == null ? 0 : starts.lines().size());
            logStartsLost = true;
        }
        if (starts != null) {
            starts.lines().forEach(this::loadLogStart);
        }
        cleanedEnds.load();
    }

    private void loadRecoveryPoint(String line) {
        String[] fields = line.split(" ", -1);
        try {
            RecoveryPoint point = new RecoveryPoint(
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Integer.parseInt(fields[4]),
                    Integer.parseInt(fields[5]),
                    Boolean.parseBoolean(fields[6]));
            Recovery recovery = new Recovery(Uuid.fromString(fields[1]), point);
            if (point.offset() == DELETED) {
                recoveryPoints.remove(fields[0]);
            } else {
                recoveryPoints.put(fields[0], recovery);
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            warnOfLine(recoveryFile, line);
        }
    }

    private void loadLogStart(String line) {
        String[] fields = line.split(" ", -1);
        try {
            LogStart start = new LogStart(Uuid.fromString(fields[1]), Long.parseLong(fields[2]));
            if (start.offset() == DELETED) {
                logStarts.remove(fields[0]);
            } else {
                logStarts.put(fields[0], start);
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            warnOfLine(logStartFile, line);
        }
    }

    /** Its check sum was right, so it was written so. */
    private static void warnOfLine(JournalFile file, String line) {
        LOG.warn("{}: a line is left out, it does not follow the format: {}", file.path(), line);
    }

    /**
     * Forgets how far the logs were that are no longer there: what comes in their place begins anew. On disk with the next {@link #settle},
     * since a start must not fail for want of room.
     */
    void retain(Predicate<String> folder) {
        cleanedEnds.retain(folder);
        if (recoveryPoints.keySet().removeIf(folder.negate())) {
            synchronized (recoveryFile) {
                replaceRecoveryFile = true;
            }
        }
    }

    /** The file was damaged when it was loaded: see {@link #lose}. */
    boolean recoveryPointsLost() {
        return recoveryPointsLost;
    }

    /** The file was damaged when it was loaded: a log may begin below its start. */
    boolean logStartsLost() {
        return logStartsLost;
    }

    /** The recovery point that a log may have had is lost: remembered, on disk with the next {@link #settle}, until it has one again. */
    void lose(String folder, Uuid topicId) {
        recoveryPoints.put(folder, new Recovery(topicId, new RecoveryPoint(LOST, 0, 0, -1, false)));
    }

    /** Whether a log without a recovery point may have had one. */
    boolean isLost(String folder, Uuid topicId) {
        Recovery recovery = recoveryPoints.get(folder);
        return recovery != null
                && recovery.topicId().equals(topicId)
                && recovery.point().offset() == LOST;
    }

    Sizes sizes() {
        return new Sizes(recoveryFile.size(), logStartFile.size());
    }

    @Nullable
    RecoveryPoint recoveryPoint(String folder, Uuid topicId) {
        Recovery recovery = recoveryPoints.get(folder);
        return recovery == null
                        || !recovery.topicId().equals(topicId)
                        || recovery.point().offset() == LOST
                ? null
                : recovery.point();
    }

    /** Folders of the logs that reach beyond their start by their recovery points, whether they are there or not. */
    Set<String> withRecords() {
        Set<String> names = new HashSet<>();
        recoveryPoints.forEach((folder, recovery) -> {
            if (recovery.point().offset() > logStart(folder, recovery.topicId())) {
                names.add(folder);
            }
        });
        return names;
    }

    /** @return 0 when none is known */
    long logStart(String folder, Uuid topicId) {
        LogStart start = logStarts.get(folder);
        return start == null || !start.topicId().equals(topicId) ? 0 : start.offset();
    }

    CleanedEnds cleanedEnds() {
        return cleanedEnds;
    }

    void recoveryPointMoved(String folder, Uuid topicId, RecoveryPoint point) {
        Recovery now = new Recovery(topicId, point);
        if (!now.equals(recoveryPoints.put(folder, now))) {
            moved.add(folder);
        }
    }

    /** It outlives the process when this returns; on disk with the next {@link #forceLogStarts}. */
    void logStartMoved(String folder, Uuid topicId, long offset) throws IOException {
        LogStart now = new LogStart(topicId, offset);
        synchronized (logStartFile) { // so that the last line is the last that was said
            if (!now.equals(logStarts.put(folder, now))) {
                appendLogStart(now.line(folder));
            }
        }
    }

    /** A move that could not be written has not happened. */
    void logStartTakenBack(String folder, Uuid topicId, long offset) {
        synchronized (logStartFile) {
            logStarts.put(folder, new LogStart(topicId, offset));
        }
    }

    /** The file's monitor. */
    private void appendLogStart(String line) throws IOException {
        boolean replace = replaceLogStartFile;
        replaceLogStartFile = true; // should it not get there
        if (replace) {
            writeAllLogStarts();
        } else {
            logStartFile.append(List.of(line));
        }
        replaceLogStartFile = false;
    }

    private void writeAllLogStarts() throws IOException {
        List<String> all = new ArrayList<>(logStarts.size());
        logStarts.forEach((folder, start) -> all.add(start.line(folder)));
        logStartFile.replace(all);
    }

    /** The log is deleted: nothing is known of it any more, and the files say so now, or when they are written next if this fails. */
    void forget(String folder) throws IOException {
        cleanedEnds.forget(folder);
        try {
            forgetRecoveryPoint(folder);
        } finally {
            forgetLogStart(folder);
        }
    }

    private void forgetRecoveryPoint(String folder) throws IOException {
        synchronized (recoveryFile) {
            Recovery gone = recoveryPoints.remove(folder);
            if (gone != null && !replaceRecoveryFile) {
                RecoveryPoint none = new RecoveryPoint(DELETED, 0, 0, -1, false);
                replaceRecoveryFile = true; // should the line not get there
                recoveryFile.append(List.of(new Recovery(gone.topicId(), none).line(folder)));
                replaceRecoveryFile = false;
            }
        }
    }

    private void forgetLogStart(String folder) throws IOException {
        synchronized (logStartFile) {
            LogStart gone = logStarts.remove(folder);
            if (gone != null) {
                appendLogStart(new LogStart(gone.topicId(), DELETED).line(folder));
            }
        }
    }

    /** Before a log is made: the files say nothing of one that has been deleted under its name. */
    void settle() throws IOException {
        cleanedEnds.settle();
        boolean owing;
        synchronized (recoveryFile) {
            owing = replaceRecoveryFile;
        }
        if (owing) {
            writeRecoveryPoints();
        }
        synchronized (logStartFile) {
            owing = replaceLogStartFile;
        }
        if (owing) {
            forceLogStarts();
        }
    }

    /** What has moved before this call is on disk when it returns; those who come together share a write. */
    void writeRecoveryPoints() throws IOException {
        synchronized (recoveryFile) {
            boolean tooLong = recoveryFile.lines() + moved.size() > 2 * recoveryPoints.size() + SPARE_LINES;
            if (replaceRecoveryFile || tooLong) {
                replaceRecoveryFile =
                        true; // until it is done: who asks again after an error must not be told that all is written
                moved.clear();
                List<String> all = new ArrayList<>(recoveryPoints.size());
                recoveryPoints.forEach((folder, recovery) -> all.add(recovery.line(folder)));
                recoveryFile.replace(all);
                replaceRecoveryFile = false;
                return;
            }
            List<String> lines = new ArrayList<>();
            for (String folder : List.copyOf(moved)) {
                moved.remove(folder); // before the look at the map: a later move adds it again
                Recovery recovery = recoveryPoints.get(folder);
                if (recovery != null) {
                    lines.add(recovery.line(folder));
                }
            }
            if (!lines.isEmpty()) {
                replaceRecoveryFile = true;
                recoveryFile.appendForced(lines);
                replaceRecoveryFile = false;
            }
        }
    }

    /** What has been said before this call is on disk when it returns; those who come together share a force. */
    void forceLogStarts() throws IOException {
        synchronized (logStartFile) {
            boolean replace = replaceLogStartFile || logStartFile.lines() > 2 * logStarts.size() + SPARE_LINES;
            replaceLogStartFile =
                    true; // until it is done: a force that has failed is not asked again as if nothing had been
            if (replace) {
                writeAllLogStarts();
            } else {
                logStartFile.appendForced(List.of());
            }
            replaceLogStartFile = false;
        }
    }
}
