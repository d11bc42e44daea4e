/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.checkpoint.JournalFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

/** What a file of a log dir is, by its name alone. */
public enum LogFileKind {
    SEGMENT("segment"),
    OFFSET_INDEX("offset index"),
    TIME_INDEX("time index"),
    TRANSACTION_INDEX("transaction index"),
    PRODUCER_SNAPSHOT("producer snapshot"),
    LEADER_EPOCHS("leader epochs"),
    PARTITION("topic id"),
    RECOVERY_POINTS("recovery points"),
    LOG_STARTS("log start offsets"),
    CLEANED_ENDS("ends of compaction"),
    HIGH_WATERMARKS("high watermarks"),
    IDENTITY("identity of the log dir"),
    CLEAN_STOP("clean-shutdown mark"),
    LOCK("lock of the running node"),
    BALLAST("space to give away when the disk is full"),
    /** Renamed before it is deleted. */
    DELETED("to be deleted"),
    /** Not yet renamed into its place. */
    TEMPORARY("temporary"),
    /** Written by a cleaning that is under way, or was cut off. */
    CLEANED("cleaned segment, not whole"),
    /** Whole, and about to take the place of the segments it was made of. */
    SWAP("cleaned segment on its way to its place"),
    UNKNOWN("unknown");

    /** Held by the node that uses a log dir. */
    public static final String LOCK_FILE = DirState.LOCK_FILE;

    /** Whose log dir it is. */
    public static final String IDENTITY_FILE = DirState.IDENTITY_FILE;

    /** Whose log it is. */
    public static final String PARTITION_FILE = LogFolder.METADATA_FILE;

    /** There when the node has stopped cleanly. */
    public static final String CLEAN_STOP_FILE = DirState.CLEAN_STOP_FILE;

    private static final Map<String, LogFileKind> BY_NAME = Map.of(
            LeaderEpochs.FILE,
            LEADER_EPOCHS,
            LogFolder.METADATA_FILE,
            PARTITION,
            DirCheckpoints.RECOVERY_FILE,
            RECOVERY_POINTS,
            DirCheckpoints.LOG_START_FILE,
            LOG_STARTS,
            CleanedEnds.FILE,
            CLEANED_ENDS,
            "high-watermarks",
            HIGH_WATERMARKS,
            DirState.IDENTITY_FILE,
            IDENTITY,
            DirState.CLEAN_STOP_FILE,
            CLEAN_STOP,
            DirState.LOCK_FILE,
            LOCK,
            Ballast.FILE,
            BALLAST);

    private static final Map<LogFileKind, String> SUFFIXES = Map.of(
            SEGMENT, SegmentNames.LOG,
            OFFSET_INDEX, SegmentNames.OFFSET_INDEX,
            TIME_INDEX, SegmentNames.TIME_INDEX,
            TRANSACTION_INDEX, SegmentNames.TRANSACTION_INDEX,
            PRODUCER_SNAPSHOT, SegmentNames.PRODUCER_SNAPSHOT);

    private final String description;

    LogFileKind(String description) {
        this.description = description;
    }

    /** For people. */
    public String description() {
        return description;
    }

    public static LogFileKind of(Path file) {
        String name = String.valueOf(file.getFileName());
        LogFileKind known = BY_NAME.get(name);
        if (known != null) {
            return known;
        }
        for (Map.Entry<LogFileKind, String> entry : SUFFIXES.entrySet()) {
            if (SegmentNames.offset(file, entry.getValue()).isPresent()) {
                return entry.getKey();
            }
        }
        if (name.endsWith(SegmentNames.CLEANED)) {
            return CLEANED;
        }
        if (name.endsWith(SegmentNames.SWAP)) {
            return SWAP;
        }
        if (name.endsWith(SegmentNames.DELETED)) {
            return DELETED;
        }
        return name.endsWith(CheckpointFile.TEMPORARY_SUFFIX) ? TEMPORARY : UNKNOWN;
    }

    /** The offset in the name of a segment's file or a snapshot; empty for other names. */
    public static OptionalLong offset(Path file) {
        String suffix = SUFFIXES.get(of(file));
        return suffix == null ? OptionalLong.empty() : SegmentNames.offset(file, suffix);
    }

    /** The file of this kind that belongs to a segment, or the snapshot at this offset. */
    public String name(long offset) {
        String suffix = SUFFIXES.get(this);
        if (suffix == null) {
            throw new IllegalArgumentException(this + " has no offset in its name");
        }
        return SegmentNames.name(offset, suffix);
    }

    /** Reads a small text file, whatever is in it; only where {@link #isText}. */
    public CheckpointFile.Content readText(LogFiles files, Path file) throws IOException {
        return switch (this) {
            case LEADER_EPOCHS, RECOVERY_POINTS, LOG_STARTS -> JournalFile.inspect(files, file);
            default -> CheckpointFile.inspect(files, file);
        };
    }

    /** Whether it is a small text file of lines behind a first line that names its kind. */
    public boolean isText() {
        return switch (this) {
            case LEADER_EPOCHS, PARTITION, RECOVERY_POINTS, LOG_STARTS, CLEANED_ENDS, IDENTITY, CLEAN_STOP -> true;
            default -> false;
        };
    }
}
