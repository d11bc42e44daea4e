/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogCheckpoints;
import io.klamm.storage.log.LogFileKind;
import io.klamm.storage.log.RecoveryPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks one log's folder: every batch with its records, order, leader epochs, indexes, producer snapshots, the recovery point and the
 * log start, and which files are there. One instance, one check. Changes nothing.
 */
final class LogVerifier {
    private final LogFiles files;
    private final Path folder;
    private final LogCheckpoints checkpoints;
    private final DirUse use;
    private final Finding.Sink findings;
    private final LongConsumer progress;

    private final TreeMap<Long, Path> segments = new TreeMap<>();
    private final Map<Long, Path> snapshots = new HashMap<>();
    private long batches;
    private long records;
    private long bytes;
    private long end;
    private long gapAt = -1;
    private boolean holes;
    private boolean damaged;
    private boolean pointFound;

    /**
     * How the log dir is used at this moment.
     *
     * @param live a node is running on it
     * @param stoppedCleanly there is a clean-shutdown mark
     */
    record DirUse(boolean live, boolean stoppedCleanly) {}

    /** What was seen. */
    record Totals(int segments, long batches, long records, long bytes) {}

    LogVerifier(
            LogFiles files,
            Path folder,
            LogCheckpoints checkpoints,
            DirUse use,
            Finding.Sink findings,
            LongConsumer progress) {
        this.files = files;
        this.folder = folder;
        this.checkpoints = checkpoints;
        this.use = use;
        this.findings = findings;
        this.progress = progress;
    }

    Totals run() throws IOException {
        listFiles();
        long first = segments.isEmpty() ? 0 : segments.firstKey();
        ProducerCheck producers = new ProducerCheck(files, findings, snapshots, first);
        end = first;
        for (Map.Entry<Long, Path> segment : segments.entrySet()) {
            checkSegment(segment.getKey(), segment.getValue(), producers);
        }
        if (!damaged) {
            if (!use.live()) {
                producers.end(end);
            }
            checkEnds();
        }
        return new Totals(segments.size(), batches, records, bytes);
    }

    private void listFiles() throws IOException {
        List<Path> all = files.list(folder);
        for (Path file : all) {
            LogFileKind kind = LogFileKind.of(file);
            if (kind == LogFileKind.SEGMENT) {
                segments.put(LogFileKind.offset(file).orElseThrow(), file);
            } else if (kind == LogFileKind.PRODUCER_SNAPSHOT) {
                snapshots.put(LogFileKind.offset(file).orElseThrow(), file);
            }
        }
        for (Path file : all) {
            checkName(file);
        }
        if (checkpoints.topicId() == null && !segments.isEmpty()) {
            findings.damage(
                    folder.resolve(LogFileKind.PARTITION_FILE),
                    Finding.NONE,
                    Finding.NONE,
                    "missing or damaged: nobody knows whose records these are, and the folder would be set aside");
        }
    }

    private void checkName(Path file) {
        switch (LogFileKind.of(file)) {
            case OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX -> {
                long base = LogFileKind.offset(file).orElseThrow();
                if (!segments.containsKey(base) && !use.live()) {
                    findings.repairable(file, base, Finding.NONE, "belongs to no segment: deleted at the next start");
                }
            }
            case SWAP -> {
                holes = true; // what it replaces may be gone already
                if (!use.live()) {
                    findings.note(
                            file,
                            Finding.NONE,
                            Finding.NONE,
                            "a cleaning was cut off: the next start puts it in its place");
                }
            }
            case DELETED, TEMPORARY, CLEANED -> {
                if (!use.live()) {
                    findings.note(file, Finding.NONE, Finding.NONE, "left over: deleted at the next start");
                }
            }
            case UNKNOWN -> findings.note(file, Finding.NONE, Finding.NONE, "is no file of a log: left alone");
            default -> {
                // used
            }
        }
    }

    private void checkSegment(long base, Path file, ProducerCheck producers) throws IOException {
        boolean last = base == segments.lastKey();
        if (base < end) {
            damaged = true;
            findings.damage(file, base, Finding.NONE, "begins below the end " + end + " of the segment before it");
        } else if (base > end && gapAt < 0) {
            gapAt = end;
        }
        IndexCheck indexes = new IndexCheck(files, findings, file, base, last || mayBeUnsealed(base));
        long endBefore = Math.max(end, base);
        end = endBefore;
        boolean[] sound = {true};
        long size = SegmentWalk.run(files, file, 0, base, new SegmentWalk.Visitor() {
            @Override
            public boolean batch(RecordBatch batch, long position, @Nullable ByteBuffer whole) throws IOException {
                checkBatch(file, base, batch, position, whole);
                indexes.batch(batch, position, producers.batch(batch, whole));
                end = batch.nextOffset();
                return true;
            }

            @Override
            public void damage(SegmentWalk.Damage damage) {
                if (last && use.live() && damage.atEnd()) {
                    checkPoint(base, damage.position(), end);
                    findings.note(
                            file,
                            damage.expectedOffset(),
                            damage.position(),
                            (damage.end() - damage.position())
                                    + " bytes that are no whole batch yet: the node is writing");
                    return;
                }
                sound[0] = false;
                damaged = true;
                findings.damage(file, damage.expectedOffset(), damage.position(), text(damage));
            }
        });
        checkPoint(base, size, end);
        bytes += size;
        RecoveryPoint point = checkpoints.recoveryPoint();
        indexes.end(sound[0], point == null ? 0 : point.offset());
        if (end - base > Integer.MAX_VALUE) {
            findings.damage(file, end, Finding.NONE, "offsets do not fit into a segment that begins at " + base);
        }
    }

    /** A node writes the indexes of a segment that it has rolled some time later, before its recovery point moves over it. */
    private boolean mayBeUnsealed(long base) {
        RecoveryPoint point = checkpoints.recoveryPoint();
        return use.live() && (point == null || base >= point.segmentBase());
    }

    private String text(SegmentWalk.Damage damage) {
        String where = damage.atEnd()
                ? "; nothing sound follows in the last " + (damage.end() - damage.position()) + " bytes"
                : "; the next sound batch begins at " + damage.end();
        RecoveryPoint point = checkpoints.recoveryPoint();
        boolean behind = point == null || damage.expectedOffset() >= point.offset();
        return damage.what()
                + where
                + (behind && !use.live() && !use.stoppedCleanly()
                        ? "; the next start cuts the log at offset " + damage.expectedOffset()
                        : "");
    }

    private void checkBatch(Path file, long base, RecordBatch batch, long position, @Nullable ByteBuffer whole) {
        batches++;
        records += batch.recordCount();
        progress.accept(batch.sizeInBytes());
        long offset = batch.baseOffset();
        checkPoint(base, position, end);
        holes |= (offset > end && position > 0) || batch.recordCount() != batch.lastOffsetDelta() + 1L;
        if (whole == null) {
            findings.note(file, offset, position, "batch of " + batch.sizeInBytes() + " bytes: records not looked at");
        } else {
            RecordsCheck.Result result = RecordsCheck.check(whole);
            if (result.damage() != null) {
                findings.damage(file, offset, position, "records do not decode: " + result.damage());
            }
            if (result.remark() != null) {
                findings.note(file, offset, position, "batch at " + offset + ": " + result.remark());
            }
        }
        checkEpoch(file, batch, position);
    }

    /** Epochs that came with batches reach their file before the recovery point moves over them. */
    private void checkEpoch(Path file, RecordBatch batch, long position) {
        LogCheckpoints.Epochs epochs = checkpoints.epochs();
        RecoveryPoint point = checkpoints.recoveryPoint();
        if (epochs == null
                || point == null
                || batch.lastOffset() >= point.offset()
                || batch.baseOffset() < checkpoints.logStart()) {
            return;
        }
        int expected = epochs.epochAt(batch.baseOffset());
        if (expected != batch.leaderEpoch() && (expected >= 0 || batch.baseOffset() > segments.firstKey())) {
            findings.damage(
                    file,
                    batch.baseOffset(),
                    position,
                    "leader epoch " + batch.leaderEpoch() + ", by the leader-epoch checkpoint " + expected);
        }
    }

    /** Takes note of the recovery point when it is this place between two batches; the offset there is {@code next} or above. */
    private void checkPoint(long base, long position, long next) {
        RecoveryPoint point = checkpoints.recoveryPoint();
        if (point != null && point.segmentBase() == base && point.position() == position && point.offset() >= next) {
            pointFound = true;
        }
    }

    private void checkEnds() {
        if (gapAt >= 0) {
            String what = "the log has nothing from offset " + gapAt + " to where the next segment begins";
            if (holes) {
                findings.note(folder, gapAt, Finding.NONE, what + ", as compaction leaves it");
            } else {
                findings.damage(
                        folder, gapAt, Finding.NONE, what + ", and nothing else looks compacted: is a segment lost?");
            }
        }
        if (!segments.isEmpty() && checkpoints.logStart() > end) {
            findings.damage(
                    folder,
                    checkpoints.logStart(),
                    Finding.NONE,
                    "the log start lies above the end " + end + ": the node starts the log empty there");
        }
        RecoveryPoint point = checkpoints.recoveryPoint();
        if (point == null || segments.isEmpty()) {
            return;
        }
        if (checkpoints.epochs() == null && point.offset() > segments.firstKey()) {
            findings.repairable(
                    folder.resolve("leader-epoch-checkpoint"),
                    Finding.NONE,
                    Finding.NONE,
                    "missing or damaged: the node reads the epochs from the batches");
        }
        // A segment without a record has no file until one comes, so the point may name one that is not there.
        boolean found = pointFound
                || point.segmentBase() < segments.firstKey()
                || (point.segmentBase() > segments.lastKey() && point.position() == 0 && point.offset() == end);
        if (!found) {
            findings.damage(
                    folder,
                    point.offset(),
                    point.position(),
                    "the recovery point (offset " + point.offset() + " at " + point.position() + " of segment "
                            + point.segmentBase() + ") is no place between two batches: what it called safe is gone");
        } else if (use.stoppedCleanly() && !use.live() && point.offset() != end) {
            findings.damage(
                    folder,
                    end,
                    Finding.NONE,
                    "stopped cleanly at offset " + point.offset() + ", but the log ends at " + end);
        }
    }
}
