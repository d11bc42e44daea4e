/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.EndMarker;
import io.klamm.storage.producer.ProducerSnapshot;
import io.klamm.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer states of a log at any offset: the newest sound snapshot ({@code <offset>.snapshot}) below it and the batch headers
 * from there on. Guarded by the append lock, but for {@link #write}.
 */
final class ProducerHistory {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerHistory.class);
    private static final long MAX_SNAPSHOT_BYTES = 1L << 30;

    private final LogFiles files;
    private final Path folder;

    ProducerHistory(LogFiles files, Path folder) {
        this.files = files;
        this.folder = folder;
    }

    /** Writes a snapshot of the states at the offset; on disk when this returns. */
    void write(long offset, ByteBuffer snapshot) throws IOException {
        Path target = folder.resolve(SegmentNames.name(offset, SegmentNames.PRODUCER_SNAPSHOT));
        Path temporary = folder.resolve(target.getFileName() + CheckpointFile.TEMPORARY_SUFFIX);
        try (FileChannel channel = files.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            files.write(channel, snapshot, 0);
            files.force(channel, true);
        }
        files.rename(temporary, target);
    }

    /** Offsets of the snapshots there are, sound or not, ascending. */
    List<Long> snapshots() throws IOException {
        List<Long> offsets = new ArrayList<>();
        for (Path file : files.list(folder)) {
            SegmentNames.offset(file, SegmentNames.PRODUCER_SNAPSHOT).ifPresent(offsets::add);
        }
        return offsets;
    }

    void delete(long offset) throws IOException {
        files.delete(folder.resolve(SegmentNames.name(offset, SegmentNames.PRODUCER_SNAPSHOT)));
    }

    /**
     * Deletes those of the snapshots that lie above the offset: their log has been cut off. The caller syncs the folder before the log
     * grows again.
     *
     * @return there were some
     */
    boolean deleteAbove(List<Long> snapshots, long offset) throws IOException {
        boolean deleted = false;
        for (long snapshot : snapshots) {
            if (snapshot > offset) {
                delete(snapshot);
                deleted = true;
            }
        }
        return deleted;
    }

    /** Keeps the newest snapshot of each segment and the newest but one of all: a truncation may need them. */
    void prune(Segments segments) throws IOException {
        List<Long> all = snapshots();
        for (int i = 0; i < all.size() - 2; i++) {
            boolean newerInSegment = segments.floor(all.get(i)) == segments.floor(all.get(i + 1));
            if (newerInSegment || all.get(i) < segments.first().baseOffset()) {
                delete(all.get(i));
            }
        }
    }

    /**
     * Makes the states what they were when the log ended at {@code endOffset}.
     *
     * @param snapshots offsets of the snapshots there are, ascending; those above {@code endOffset} are not used
     * @param emptyAt offset at which there is known to have been no producer, -1 when there is none
     * @param nowMs counts as the time of the last write for what is read from batches
     */
    void rebuild(
            ProducerStates states, Segments segments, List<Long> snapshots, long endOffset, long emptyAt, long nowMs)
            throws IOException {
        states.clear();
        if (emptyAt == endOffset) {
            return;
        }
        long from = Math.max(segments.first().baseOffset(), Math.min(emptyAt, endOffset));
        for (int i = snapshots.size() - 1; i >= 0; i--) {
            long offset = snapshots.get(i);
            if (offset > endOffset) {
                continue;
            }
            if (offset < from) {
                break;
            }
            if (load(offset, states)) {
                from = offset;
                break;
            }
            LOG.warn("deleting the damaged producer snapshot {} of {}", offset, folder);
            delete(offset);
        }
        for (Segment segment : segments.from(from)) {
            if (segment.isEmpty()) {
                continue;
            }
            replay(states, segment, from, endOffset, nowMs);
        }
    }

    private boolean load(long offset, ProducerStates into) throws IOException {
        Path file = folder.resolve(SegmentNames.name(offset, SegmentNames.PRODUCER_SNAPSHOT));
        long size = files.size(file);
        if (size > MAX_SNAPSHOT_BYTES) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            files.read(channel, bytes, 0);
        }
        return ProducerSnapshot.decode(bytes.flip(), into);
    }

    private static void replay(ProducerStates states, Segment segment, long from, long endOffset, long nowMs)
            throws IOException {
        long tail = segment.tail();
        int position = Segment.positionOf(segment.locate(from, tail));
        HeaderCursor cursor = segment.cursor();
        while (position < Segment.positionOf(tail)) {
            RecordBatch batch = cursor.at(position, Segment.positionOf(tail));
            if (batch == null) {
                throw new DamagedBatchException(segment.file(), position);
            }
            if (batch.lastOffset() >= endOffset) {
                return;
            }
            if (EndMarker.possible(batch)) {
                ByteBuffer whole = cursor.whole(position);
                AbortedTransaction aborted = applyControl(states, batch, whole, 0, nowMs);
                if (aborted != null && segment.indexes().transactions().load()) {
                    segment.indexes().transactions().add(aborted);
                }
            } else {
                states.appended(batch, nowMs);
            }
            position += batch.sizeInBytes();
        }
    }

    /**
     * Applies a control batch of which the whole is at hand.
     *
     * @return the transaction that was aborted by it, null when there is none
     */
    static @Nullable AbortedTransaction applyControl(
            ProducerStates states, RecordBatch batch, ByteBuffer whole, int start, long nowMs) {
        EndMarker marker = EndMarker.possible(batch) ? EndMarker.read(whole, start) : null;
        return marker == null ? null : states.ended(batch, marker, nowMs);
    }

    /** Fills the index of a segment from the batches, when its file was damaged. Append lock. */
    void rebuildTransactions(ProducerStates scratch, Segments segments, Segment target, long nowMs) throws IOException {
        LOG.warn(
                "the transaction index of {} is damaged: rebuilding it",
                target.file().path());
        target.indexes().transactions().reset();
        List<Long> below = new ArrayList<>();
        for (long snapshot : snapshots()) {
            if (snapshot <= target.baseOffset()) {
                below.add(snapshot);
            }
        }
        rebuild(scratch, segments, below, target.nextOffset(), -1, nowMs);
        try {
            target.indexes().transactions().persist();
        } catch (IOException e) {
            if (!DirSpace.isLackingAfter(e, files, folder)) {
                throw e;
            }
            LOG.warn(
                    "the transaction index of {} stays in memory, the disk is full",
                    target.file().path());
        }
    }
}
