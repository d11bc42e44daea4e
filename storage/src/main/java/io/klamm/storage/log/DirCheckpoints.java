/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recovery points and log starts of all logs of one dir, one file each. Changes are collected in memory and written together,
 * except where a log must not go on before they are on disk. Thread-safe.
 */
final class DirCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(DirCheckpoints.class);
    static final String RECOVERY_FILE = "recovery-point-offset-checkpoint";
    static final String LOG_START_FILE = "log-start-offset-checkpoint";

    private final CheckpointFile recoveryFile;
    private final CheckpointFile logStartFile;
    private final Map<String, Recovery> recoveryPoints = new ConcurrentSkipListMap<>();
    private final Map<String, LogStart> logStarts = new ConcurrentSkipListMap<>();
    private final AtomicBoolean recoveryDirty = new AtomicBoolean();
    private final AtomicBoolean logStartsDirty = new AtomicBoolean();

    private record Recovery(Uuid topicId, RecoveryPoint point) {}

    private record LogStart(Uuid topicId, long offset) {}

    DirCheckpoints(LogFiles files, Path dir) {
        this.recoveryFile = new CheckpointFile(files, dir.resolve(RECOVERY_FILE), "recovery-points", 1);
        this.logStartFile = new CheckpointFile(files, dir.resolve(LOG_START_FILE), "log-starts", 1);
    }

    /** Reads both files; what is missing or damaged means that everything must be scanned. */
    void load() throws IOException {
        for (String[] line : lines(recoveryFile, 6)) {
            RecoveryPoint point = new RecoveryPoint(
                    Long.parseLong(line[2]),
                    Long.parseLong(line[3]),
                    Integer.parseInt(line[4]),
                    Boolean.parseBoolean(line[5]));
            recoveryPoints.put(line[0], new Recovery(Uuid.fromString(line[1]), point));
        }
        for (String[] line : lines(logStartFile, 3)) {
            logStarts.put(line[0], new LogStart(Uuid.fromString(line[1]), Long.parseLong(line[2])));
        }
    }

    private static List<String[]> lines(CheckpointFile file, int fields) throws IOException {
        List<String> lines = file.read();
        if (lines == null) {
            if (file.exists()) {
                LOG.warn("{} is damaged and counts as missing", file.path());
            }
            return List.of();
        }
        List<String[]> split = new ArrayList<>(lines.size());
        for (String line : lines) {
            String[] parts = line.split(" ", -1);
            if (parts.length == fields) { // always, since the check sum was right
                split.add(parts);
            }
        }
        return split;
    }

    @Nullable
    RecoveryPoint recoveryPoint(String folder, Uuid topicId) {
        Recovery recovery = recoveryPoints.get(folder);
        return recovery == null || !recovery.topicId().equals(topicId) ? null : recovery.point();
    }

    /** @return 0 when none is known */
    long logStart(String folder, Uuid topicId) {
        LogStart start = logStarts.get(folder);
        return start == null || !start.topicId().equals(topicId) ? 0 : start.offset();
    }

    void recoveryPointMoved(String folder, Uuid topicId, RecoveryPoint point) {
        recoveryPoints.put(folder, new Recovery(topicId, point));
        recoveryDirty.set(true);
    }

    void logStartMoved(String folder, Uuid topicId, long offset) {
        logStarts.put(folder, new LogStart(topicId, offset));
        logStartsDirty.set(true);
    }

    void forget(String folder) {
        if (recoveryPoints.remove(folder) != null) {
            recoveryDirty.set(true);
        }
        if (logStarts.remove(folder) != null) {
            logStartsDirty.set(true);
        }
    }

    /** What has moved before this call is on disk when it returns; those who come together share a write. */
    void writeRecoveryPoints() throws IOException {
        synchronized (recoveryFile) {
            if (recoveryDirty.getAndSet(false)) {
                List<String> lines = new ArrayList<>(recoveryPoints.size());
                recoveryPoints.forEach((folder, recovery) -> {
                    RecoveryPoint point = recovery.point();
                    lines.add(folder + " " + recovery.topicId() + " " + point.offset() + " " + point.segmentBase() + " "
                            + point.position() + " " + point.producers());
                });
                recoveryFile.write(lines);
            }
        }
    }

    /** As {@link #writeRecoveryPoints}. */
    void writeLogStarts() throws IOException {
        synchronized (logStartFile) {
            if (logStartsDirty.getAndSet(false)) {
                List<String> lines = new ArrayList<>(logStarts.size());
                logStarts.forEach((folder, start) -> lines.add(folder + " " + start.topicId() + " " + start.offset()));
                logStartFile.write(lines);
            }
        }
    }
}
