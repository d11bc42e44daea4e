/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How cleaned segments take the place of others on disk:
 *
 * <ol>
 *   <li>the records are written to {@code <base>.log.cleaned} and forced;
 *   <li>it is renamed to {@code <base>-<end>.swap}: from here on it counts, for all segments that begin in this range; the folder is
 *       synced;
 *   <li>their files are deleted, and the folder is synced;
 *   <li>it is renamed to {@code <base>.log}.
 * </ol>
 *
 * A crash before the second step leaves the old segments, a crash behind it the cleaned one, once the next start has finished what
 * was begun.
 */
final class SegmentSwap {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSwap.class);
    private static final List<String> INDEXES =
            List.of(SegmentNames.OFFSET_INDEX, SegmentNames.TIME_INDEX, SegmentNames.TRANSACTION_INDEX);

    private SegmentSwap() {}

    private record Range(long base, long end) {
        /** @return null when it is not the name of a swap */
        static @Nullable Range of(Path file) {
            String name = file.getFileName().toString();
            int dash = name.indexOf('-');
            if (dash < 0 || !name.endsWith(SegmentNames.SWAP)) {
                return null;
            }
            OptionalLong base = SegmentNames.offset(file.resolveSibling(name.substring(0, dash + 1)), "-");
            OptionalLong end = SegmentNames.offset(file.resolveSibling(name.substring(dash + 1)), SegmentNames.SWAP);
            return base.isEmpty() || end.isEmpty() ? null : new Range(base.getAsLong(), end.getAsLong());
        }

        boolean holds(OptionalLong offset) {
            return offset.isPresent() && offset.getAsLong() >= base && offset.getAsLong() < end;
        }
    }

    /**
     * Finishes or rolls back what a crash has interrupted.
     *
     * @param entries of the log's folder
     * @return the entries that are there now
     */
    static List<Path> finish(LogFiles files, LogIdentity identity, List<Path> entries) throws IOException {
        boolean changed = false;
        for (Path file : entries) {
            Range range = Range.of(file);
            if (file.getFileName().toString().endsWith(SegmentNames.CLEANED)) {
                LOG.info("{}: removing {}, which a cleaning has not finished", identity, file.getFileName());
                files.delete(file);
                changed = true;
            } else if (range != null) {
                LOG.info("{}: finishing the exchange of segments for {}", identity, file.getFileName());
                finish(files, file, range, entries);
                changed = true;
            }
        }
        Path folder = entries.isEmpty() ? null : entries.get(0).getParent();
        return changed && folder != null ? files.list(folder) : entries;
    }

    /** An empty file is a damaged index, which the log rebuilds; none at all would say that nothing was aborted. */
    static void rebuildTransactions(LogFiles files, Path folder, long base) throws IOException {
        Path index = folder.resolve(SegmentNames.name(base, SegmentNames.TRANSACTION_INDEX));
        try (FileChannel channel = files.open(
                index, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            files.force(channel, true);
        }
    }

    private static void finish(LogFiles files, Path swap, Range range, List<Path> entries) throws IOException {
        Path folder = swap.getParent();
        if (folder != null) {
            files.syncDirectory(folder); // the process may have died before its new name was on disk
        }
        for (Path old : entries) {
            boolean replaced = range.holds(SegmentNames.offset(old, SegmentNames.LOG));
            for (String suffix : INDEXES) {
                if (range.holds(SegmentNames.offset(old, suffix))) {
                    replaced = true;
                }
            }
            if (replaced) {
                files.delete(old);
            }
        }
        if (folder != null) {
            // Even if no old one is there: they may have been deleted when the new one was not written yet.
            rebuildTransactions(files, folder, range.base());
            files.syncDirectory(
                    folder); // before the rename: an old segment that came back beside the new one would do harm
        }
        files.rename(swap, swap.resolveSibling(SegmentNames.log(range.base())));
    }
}
