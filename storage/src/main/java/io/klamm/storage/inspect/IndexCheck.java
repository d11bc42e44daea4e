/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.index.IndexReader;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogFileKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the indexes of one segment with its batches, as these come. An offset entry must point to a batch that begins there, a
 * time entry (T, O) must tell the largest timestamp of all records up to O, an aborted transaction must have been aborted here.
 */
final class IndexCheck {
    private static final int MAX_FINDINGS = 10;
    private static final String REBUILT = "; the node builds it anew when it needs it";

    private final LogFiles files;
    private final Finding.Sink findings;
    private final Path segment;
    private final long base;
    private final boolean active;
    private final Pairs offsets = new Pairs();
    private final Pairs times = new Pairs();
    private final List<AbortedTransaction> aborted = new ArrayList<>();
    private final List<AbortedTransaction> abortedInLog = new ArrayList<>();
    private final Path offsetFile;
    private final Path timeFile;
    private final Path transactionFile;
    private final List<Finding> disagreements = new ArrayList<>();
    private boolean transactionsDamaged;
    private int nextOffset;
    private int nextTime;
    private int found;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;

    /** Growing arrays of (offset, position) or (offset, timestamp). */
    private static final class Pairs {
        private long[] first = new long[16];
        private long[] second = new long[16];
        private int count;

        void add(long one, long two) {
            if (count == first.length) {
                first = Arrays.copyOf(first, 2 * count);
                second = Arrays.copyOf(second, 2 * count);
            }
            first[count] = one;
            second[count++] = two;
        }
    }

    /** @param active appended to: its indexes may lag behind, and after a crash lie ahead */
    IndexCheck(LogFiles files, Finding.Sink findings, Path segment, long base, boolean active) throws IOException {
        this.files = files;
        this.findings = findings;
        this.segment = segment;
        this.base = base;
        this.active = active;
        this.offsetFile = segment.resolveSibling(LogFileKind.OFFSET_INDEX.name(base));
        this.timeFile = segment.resolveSibling(LogFileKind.TIME_INDEX.name(base));
        this.transactionFile = segment.resolveSibling(LogFileKind.TRANSACTION_INDEX.name(base));
        load(offsetFile, IndexReader.Kind.OFFSET);
        load(timeFile, IndexReader.Kind.TIME);
        load(transactionFile, IndexReader.Kind.TRANSACTION);
    }

    private void load(Path file, IndexReader.Kind kind) throws IOException {
        if (!files.exists(file)) {
            if (kind != IndexReader.Kind.TRANSACTION && !active && files.size(segment) > 0) {
                found(file, Finding.NONE, Finding.NONE, "missing");
            }
            return;
        }
        IndexReader.read(files, file, new IndexReader.Visitor() {
            @Override
            public void header(IndexReader.Header header) {
                String problem = header.problem();
                if (problem == null && header.kind() != kind) {
                    problem = "it is an index of the kind " + header.kind();
                } else if (problem == null && header.baseOffset() != base) {
                    problem = "base offset " + header.baseOffset() + " instead of " + base;
                }
                if (problem != null) {
                    damaged(0, problem);
                }
            }

            @Override
            public void offsetEntry(long position, long relativeOffset, long segmentPosition) {
                int last = offsets.count - 1;
                if (last >= 0 && (offsets.first[last] >= relativeOffset || offsets.second[last] >= segmentPosition)) {
                    damaged(
                            position,
                            "entry " + relativeOffset + " -> " + segmentPosition + " does not follow "
                                    + offsets.first[last] + " -> " + offsets.second[last]);
                } else {
                    offsets.add(relativeOffset, segmentPosition);
                }
            }

            @Override
            public void timeEntry(long position, long timestamp, long relativeOffset) {
                int last = times.count - 1;
                if (last >= 0 && (times.first[last] >= relativeOffset || times.second[last] > timestamp)) {
                    damaged(
                            position,
                            "entry " + relativeOffset + " -> " + timestamp + " does not follow " + times.first[last]
                                    + " -> " + times.second[last]);
                } else {
                    times.add(relativeOffset, timestamp);
                }
            }

            @Override
            public void transactionEntry(long position, AbortedTransaction transaction) {
                aborted.add(transaction);
            }

            @Override
            public void damage(long position, String problem) {
                damaged(position, problem);
            }

            private void damaged(long position, String problem) {
                transactionsDamaged |= kind == IndexReader.Kind.TRANSACTION;
                found(file, Finding.NONE, position, problem);
            }
        });
    }

    private void found(Path file, long offset, long position, String what) {
        if (found++ < MAX_FINDINGS) {
            findings.repairable(file, offset, position, what + REBUILT);
        }
    }

    /** The index may be right where the segment is not, so it is only said when all batches were seen. */
    private void disagrees(Path file, long offset, String what) {
        if (disagreements.size() < MAX_FINDINGS) {
            disagreements.add(new Finding(Finding.Severity.REPAIRABLE, file, offset, Finding.NONE, what + REBUILT));
        }
    }

    /** @param transaction what the batch aborts */
    void batch(RecordBatch batch, long position, @Nullable AbortedTransaction transaction) {
        long relative = batch.baseOffset() - base;
        for (; nextOffset < offsets.count && offsets.second[nextOffset] <= position; nextOffset++) {
            if (offsets.second[nextOffset] < position || offsets.first[nextOffset] != relative) {
                disagrees(
                        offsetFile,
                        base + offsets.first[nextOffset],
                        "an entry says that offset " + (base + offsets.first[nextOffset]) + " is at "
                                + offsets.second[nextOffset] + " of the segment, where no such batch begins");
            }
        }
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
        long last = batch.lastOffset() - base;
        for (; nextTime < times.count && times.first[nextTime] <= last; nextTime++) {
            if (times.first[nextTime] < last || times.second[nextTime] != maxTimestamp) {
                disagrees(
                        timeFile,
                        base + times.first[nextTime],
                        "an entry says that " + times.second[nextTime] + " is the largest timestamp up to offset "
                                + (base + times.first[nextTime]) + ", the batches up to "
                                + (base + last) + " say " + maxTimestamp);
            }
        }
        if (transaction != null) {
            abortedInLog.add(transaction);
        }
    }

    /**
     * @param sound whether all batches of the segment were seen
     * @param checkpointed offset below which the index files must be complete
     */
    void end(boolean sound, long checkpointed) {
        if (!sound) {
            return; // what is missing is missing because of the damage
        }
        disagreements.forEach(findings::found);
        if (!active && nextOffset < offsets.count) {
            found(
                    offsetFile,
                    Finding.NONE,
                    Finding.NONE,
                    (offsets.count - nextOffset) + " entries point behind the end");
        }
        if (!active && nextTime < times.count) {
            found(timeFile, Finding.NONE, Finding.NONE, (times.count - nextTime) + " entries lie behind the end");
        }
        for (AbortedTransaction transaction : abortedInLog) {
            if (transaction.lastOffset() < checkpointed && !transactionsDamaged && isMissing(transaction)) {
                findings.damage(
                        transactionFile,
                        transaction.lastOffset(),
                        Finding.NONE,
                        "the transaction of producer " + transaction.producerId() + " from offset "
                                + transaction.firstOffset() + ", aborted at " + transaction.lastOffset()
                                + ", is missing: its records would be shown");
            }
        }
    }

    private boolean isMissing(AbortedTransaction transaction) {
        return aborted.stream()
                .noneMatch(entry -> entry.producerId() == transaction.producerId()
                        && entry.firstOffset() <= transaction.firstOffset()
                        && entry.lastOffset() == transaction.lastOffset());
    }
}
