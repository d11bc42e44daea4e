/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.index.OffsetIndex;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one log. After a clean stop nothing is scanned: the recovery point is where the log ends. Otherwise every batch behind the
 * recovery point is checked; the log ends before the first bad one, and what lies behind is dropped: an acknowledged record there
 * has another copy, and guessing would be worse.
 *
 * <p>What is to be said on disk of a log that has lost something is put off when there is no room for it, see {@link LogState#beforeGrowth}.
 */
final class LogOpener {
    private static final Logger LOG = LoggerFactory.getLogger(LogOpener.class);

    private static final List<String> INDEX_SUFFIXES =
            List.of(SegmentNames.OFFSET_INDEX, SegmentNames.TIME_INDEX, SegmentNames.TRANSACTION_INDEX);

    private final LogContext context;
    private final LogFiles files;
    private final StoreDir dir;
    private final DirCheckpoints checkpoints;
    private final LogIdentity identity;
    private final LogFolder folder;
    private final LogConfig config;
    private final LeaderEpochs epochs;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Long> snapshots = new ArrayList<>();
    private final Set<Long> withTransactions = new HashSet<>();
    private final boolean pointLost;
    private final long cleanedEnd;
    private boolean scannedAll;
    private boolean segmentsDropped;
    private boolean owing;

    LogOpener(LogContext context, StoreDir dir, LogIdentity identity, LogFolder folder, LogConfig config) {
        this.context = context;
        this.files = context.files();
        this.dir = dir;
        this.checkpoints = dir.checkpoints();
        this.identity = identity;
        this.folder = folder;
        this.config = config;
        this.epochs = new LeaderEpochs(files, folder.path());
        this.pointLost = checkpoints.isLost(folder.name(), identity.topicId());
        this.cleanedEnd =
                checkpoints.cleanedEnds().get(folder.name(), identity.topicId()).offset();
    }

    /** When it fails, another of these may try again. */
    SegmentedLog open(boolean cleanStop) throws IOException {
        boolean opened = false;
        try {
            SegmentedLog log = recover(cleanStop);
            opened = true;
            return log;
        } finally {
            if (!opened) {
                for (Segment segment : segments) {
                    segment.close();
                }
            }
        }
    }

    private SegmentedLog recover(boolean cleanStop) throws IOException {
        List<Long> bases = tidyFolder();
        RecoveryPoint point = checkpoints.recoveryPoint(folder.name(), identity.topicId());
        long logStart = checkpoints.logStart(folder.name(), identity.topicId());
        LeaderEpochs.Loaded epochsFound = epochs.load();
        RecoveryPoint reached = openSegments(bases, point, cleanStop, logStart);
        if (point != null && point.position() > 0) {
            folder.foundDurable(); // it has moved only behind records that were forced
        }
        long end = active().nextOffset();
        if (end < logStart) {
            // All records left lie below the log start.
            LOG.warn("{}: ends at {}, below its start {}: starting empty there", identity, end, logStart);
            startEmptyAt(logStart);
            epochs.clear();
            beforeGrowth(epochs::persist); // the old ones must not come back among those of new records
            reached = RecoveryPoint.emptyAt(logStart);
            end = logStart;
        }
        logStart = Math.max(logStart, segments.get(0).baseOffset());
        Segments sorted = Segments.of(segments);
        if (new EpochRecovery(identity, sorted, epochs, logStart).run(epochsFound, point, scannedAll)) {
            beforeGrowth(epochs::persist); // one that is gone must not come back when its number is used again
        }
        ProducerStates producers =
                new ProducerStates(context.maxProducersPerPartition(), context.producerIdExpirationMs());
        ProducerHistory history = new ProducerHistory(files, folder.path());
        long noProducersAt = point != null && !point.producers() && point.offset() <= end ? point.offset() : -1;
        for (Segment segment : sorted.from(point == null ? 0 : point.segmentBase())) {
            if (withTransactions.contains(segment.baseOffset())) {
                // The index may have come to disk ahead of the batches; what is replayed below is put in again.
                segment.indexes().transactions().truncate(segment.nextOffset());
            }
        }
        if (history.deleteAbove(snapshots, end) || segmentsDropped) {
            files.syncDirectory(folder.path()); // they must not come back when the log has grown again
        }
        history.rebuild(
                producers,
                sorted,
                snapshots,
                end,
                noProducersAt,
                context.wallClock().millis());
        CleanedEnds.End cleaned = checkpoints.cleanedEnds().get(folder.name(), identity.topicId());
        if (cleaned.offset() > end) {
            CleanedEnds.End cut = new CleanedEnds.End(end, cleaned.latestHorizonMs());
            beforeGrowth(() -> checkpoints.cleanedEnds().moved(folder.name(), identity.topicId(), cut)); // as below
        }
        checkpoints.recoveryPointMoved(folder.name(), identity.topicId(), reached);
        if (point != null && reached.offset() < point.offset()) {
            beforeGrowth(checkpoints::writeRecoveryPoints); // others take the place of the records that were lost
        }
        SegmentedLog log = new SegmentedLog(
                context,
                config,
                new OpenedLog(identity, dir.dir(), folder, checkpoints, sorted, epochs, producers, logStart, reached));
        if (owing) {
            log.owes();
        }
        return log;
    }

    private void beforeGrowth(DirSpace.Step step) throws IOException {
        owing |= !dir.dir().space().unlessFull("recovering " + identity, step);
    }

    /** Removes leftovers. @return base offsets of the segments, ascending */
    private List<Long> tidyFolder() throws IOException {
        List<Long> bases = new ArrayList<>();
        List<Path> indexes = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Path file : SegmentSwap.finish(files, identity, files.list(folder.path()))) {
            String name = file.getFileName().toString();
            OptionalLong base = SegmentNames.offset(file, SegmentNames.LOG);
            OptionalLong snapshot = SegmentNames.offset(file, SegmentNames.PRODUCER_SNAPSHOT);
            if (base.isPresent()) {
                bases.add(base.getAsLong());
            } else if (snapshot.isPresent()) {
                snapshots.add(snapshot.getAsLong());
            } else if (name.endsWith(SegmentNames.DELETED) || name.endsWith(CheckpointFile.TEMPORARY_SUFFIX)) {
                files.delete(file);
                removed.add(name);
            } else if (INDEX_SUFFIXES.stream()
                    .anyMatch(suffix -> SegmentNames.offset(file, suffix).isPresent())) {
                indexes.add(file);
            } else if (!name.equals(LogFolder.METADATA_FILE) && !name.equals(LeaderEpochs.FILE)) {
                unknown.add(name);
            }
        }
        for (Path index : indexes) {
            String name = index.getFileName().toString();
            String suffix = name.substring(name.lastIndexOf('.'));
            long base = SegmentNames.offset(index, suffix).orElseThrow();
            if (!bases.contains(base)) {
                files.delete(index);
                removed.add(name);
            } else if (suffix.equals(SegmentNames.TRANSACTION_INDEX)) {
                withTransactions.add(base);
            }
        }
        if (!removed.isEmpty()) {
            LOG.info("{}: removed what an earlier stop had left behind: {}", identity, removed);
        }
        if (!unknown.isEmpty()) {
            LOG.warn("{}: these files are none of a log's and left alone: {}", identity, unknown);
        }
        return bases;
    }

    /** @return the recovery point that holds for what was opened */
    private RecoveryPoint openSegments(
            List<Long> bases, @Nullable RecoveryPoint point, boolean cleanStop, long logStart) throws IOException {
        if (bases.isEmpty()) {
            if (point != null && point.offset() > logStart) {
                LOG.error(
                        "{}: its records from {} to {} are gone, there is no segment: it opens empty",
                        identity,
                        logStart,
                        point.offset());
            }
            startEmptyAt(Math.max(logStart, point == null ? 0 : point.offset() == logStart ? logStart : 0));
            return RecoveryPoint.emptyAt(active().baseOffset());
        }
        int from = firstToScan(bases, point);
        for (int i = 0; i < from; i++) {
            addSealed(bases.get(i), bases.get(i + 1));
        }
        int last = bases.size() - 1;
        if (point != null && from == last && point.segmentBase() == bases.get(last)) {
            int size = fileSize(bases.get(last));
            if (size == point.position()) {
                // Nothing behind the recovery point: the usual case after a clean stop, and for idle logs after any
                // stop.
                segments.add(newSegment(bases.get(last), size, point.offset(), true));
                return point;
            }
        }
        if (cleanStop) {
            LOG.warn("{}: stopped cleanly but does not end at its recovery point: checking it", identity);
        }
        return dir.recover(() -> scan(bases, from, point));
    }

    private static int firstToScan(List<Long> bases, @Nullable RecoveryPoint point) {
        int from = 0;
        while (point != null && from + 1 < bases.size() && bases.get(from + 1) <= point.segmentBase()) {
            from++;
        }
        return from;
    }

    private RecoveryPoint scan(List<Long> bases, int from, @Nullable RecoveryPoint point) throws IOException {
        long start = bases.get(from);
        int position = 0;
        long offset = start;
        if (point != null && point.segmentBase() == start && point.position() <= fileSize(start)) {
            position = point.position();
            offset = point.offset();
        }
        scannedAll = from == 0 && position == 0;
        RecoveryPoint reached = new RecoveryPoint(offset, start, position, -1, true);
        if (point != null && reached.offset() == point.offset()) {
            reached = point;
        }
        long scanned = 0;
        String problem = null;
        int i = from;
        for (; i < bases.size() && problem == null; i++) {
            long base = bases.get(i);
            problem = i == from ? null : gap(base, offset, point);
            if (problem != null) {
                LOG.warn(
                        "{}: {}: cutting it and {} later segments, the log ends at {}",
                        identity,
                        problem,
                        bases.size() - 1 - i,
                        offset);
                break;
            }
            if (i > from) {
                active().indexes().seal();
            }
            int size = fileSize(base);
            Segment segment = newSegment(base, i == from ? position : 0, i == from ? offset : base, true);
            segments.add(segment);
            scanned += size - segment.size();
            long limit = i + 1 < bases.size() ? beginningOf(bases.get(i + 1)) : Long.MAX_VALUE;
            problem = new RecoveryScan(files, segment.file().channel(), size)
                    .run(segment.size(), segment.nextOffset(), limit, (batch, at) -> recovered(segment, batch, at));
            boolean reachesNext = i + 1 < bases.size() && segment.nextOffset() == bases.get(i + 1);
            if (problem != null && (reachesNext || problem.equals(RecoveryScan.LIMIT))) {
                // The next segment was begun where the log ended: this is what a truncation before had cut, but not for
                // good.
                LOG.warn(
                        "{}: {} reaches beyond the beginning of the next segment: cutting {} bytes",
                        identity,
                        segment.file().path().getFileName(),
                        size - segment.size());
                segment.dropGarbage();
                problem = null;
            } else if (problem != null) {
                LOG.warn(
                        "{}: {} of {}: cutting {} bytes and {} later segments, the log ends at {}",
                        identity,
                        problem,
                        segment.file().path().getFileName(),
                        size - segment.size(),
                        bases.size() - 1 - i,
                        segment.nextOffset());
                segment.dropGarbage();
            }
            offset = segment.nextOffset();
        }
        for (int k = bases.size() - 1; k >= i; k--) {
            Segment dropped = newSegment(bases.get(k), 0, bases.get(k), false);
            dropped.deleteFiles();
            segmentsDropped = true;
        }
        LOG.info("{}: recovered, {} bytes checked, the log ends at {}", identity, scanned, active().nextOffset());
        return reached;
    }

    /** Where the segment was begun: its base offset, if its first batch says the same. */
    private long beginningOf(long base) throws IOException {
        Segment segment = newSegment(base, fileSize(base), base, false);
        try {
            RecordBatch first = segment.isEmpty() ? null : segment.cursor().at(0, segment.size());
            return segment.isEmpty() || (first != null && first.baseOffset() == base) ? base : Long.MAX_VALUE;
        } finally {
            segment.close();
        }
    }

    /**
     * Whether a segment does not follow the one before. Compaction leaves such holes below the recovery point and its own, and one may be
     * wider than a segment can be. Else the system has written out the later segment before the end of the earlier, whose records are gone.
     */
    private @Nullable String gap(long base, long end, @Nullable RecoveryPoint point) {
        boolean unsafe = point == null ? !pointLost : end >= point.offset();
        boolean hole = base > end && base > cleanedEnd && unsafe && base - end <= Integer.MAX_VALUE;
        return base < end || hole
                ? "segment " + base + " does not begin at the end " + end + " of the one before"
                : null;
    }

    private void recovered(Segment segment, RecordBatch batch, int position) throws IOException {
        segment.recovered(batch, position, config.indexIntervalBytes());
        epochs.assign(batch.leaderEpoch(), batch.baseOffset());
    }

    private void addSealed(long base, long nextBase) throws IOException {
        // Relative offsets are unsigned ints; a hole that compaction left may be larger, and then counts for the next
        // segment.
        long next = Math.min(nextBase, base + (1L << 31));
        int size = fileSize(base);
        Path index = folder.path().resolve(SegmentNames.name(base, SegmentNames.OFFSET_INDEX));
        if (size == 0 && OffsetIndex.holdsEntries(files, index)) { // of one that compaction has emptied it is empty
            LOG.error(
                    "{}: its records from {} to {} are gone, {} is empty",
                    identity,
                    base,
                    nextBase,
                    SegmentNames.log(base));
        }
        segments.add(newSegment(base, size, next, false));
    }

    private void startEmptyAt(long offset) throws IOException {
        for (int i = segments.size() - 1; i >= 0; i--) {
            segments.remove(i).deleteFiles();
            segmentsDropped = true;
        }
        segments.add(newSegment(offset, 0, offset, true));
    }

    private Segment newSegment(long base, int size, long next, boolean active) {
        return new Segment(files, folder.path(), base, size, next, active);
    }

    private Segment active() {
        return segments.get(segments.size() - 1);
    }

    private int fileSize(long base) throws IOException {
        return (int) Math.min(Integer.MAX_VALUE, files.size(folder.path().resolve(SegmentNames.log(base))));
    }
}
