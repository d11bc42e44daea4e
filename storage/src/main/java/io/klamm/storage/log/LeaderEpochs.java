/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which leader epoch starts at which offset (KIP-101): what tells two replicas where their logs part. Epochs and start offsets grow
 * strictly. Epochs that came with batches can be read from the log again, so their file is only written with the recovery
 * point; an epoch that a leader starts is written at once.
 *
 * <p>Changed under the append lock; read from any thread.
 */
final class LeaderEpochs {
    static final String FILE = "leader-epoch-checkpoint";
    private static final int VERSION = 1;

    private final CheckpointFile file;
    private volatile List<Start> starts = List.of();
    private List<Start> written = List.of();

    /** @param startOffset offset of the epoch's first record, or where it would come */
    record Start(int epoch, long startOffset) {}

    LeaderEpochs(LogFiles files, Path folder) {
        this.file = new CheckpointFile(files, folder.resolve(FILE), "leader-epochs", VERSION);
    }

    /** @return false when the file is missing or damaged; there are no epochs then */
    boolean load() throws IOException {
        List<String> lines = file.read();
        List<Start> loaded = lines == null ? null : parse(lines);
        starts = loaded == null ? List.of() : loaded;
        written = starts;
        return loaded != null;
    }

    private static @Nullable List<Start> parse(List<String> lines) {
        List<Start> parsed = new ArrayList<>();
        for (String line : lines) {
            String[] fields = line.split(" ", -1);
            try {
                Start start = new Start(Integer.parseInt(fields[0]), Long.parseLong(fields[1]));
                if (fields.length != 2 || !follows(parsed, start)) {
                    return null;
                }
                parsed.add(start);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                return null;
            }
        }
        return List.copyOf(parsed);
    }

    private static boolean follows(List<Start> starts, Start next) {
        if (starts.isEmpty()) {
            return next.epoch() >= 0 && next.startOffset() >= 0;
        }
        Start last = starts.get(starts.size() - 1);
        return next.epoch() > last.epoch() && next.startOffset() > last.startOffset();
    }

    /** Writes the file if anything has changed; on disk when this returns. One at a time, so that an older state cannot win. */
    synchronized void persist() throws IOException {
        List<Start> now = starts;
        if (!now.equals(written)) {
            file.write(now.stream()
                    .map(start -> start.epoch() + " " + start.startOffset())
                    .toList());
            written = now;
        }
    }

    /** Last epoch, -1 when there is none. */
    int last() {
        List<Start> now = starts;
        return now.isEmpty() ? -1 : now.get(now.size() - 1).epoch();
    }

    /**
     * The epoch starts at the offset, unless it is known or older than the last. Earlier epochs that would start there or
     * behind have no records and are forgotten.
     */
    void assign(int epoch, long startOffset) {
        if (epoch <= last()) {
            return;
        }
        List<Start> next = new ArrayList<>(starts);
        next.removeIf(start -> start.startOffset() >= startOffset);
        next.add(new Start(epoch, startOffset));
        starts = List.copyOf(next);
    }

    EpochEnd endOf(int epoch, long logEndOffset) {
        List<Start> now = starts;
        for (int i = now.size() - 1; i >= 0; i--) {
            if (now.get(i).epoch() <= epoch) {
                long end = i + 1 < now.size() ? now.get(i + 1).startOffset() : logEndOffset;
                return new EpochEnd(now.get(i).epoch(), end);
            }
        }
        return EpochEnd.NONE;
    }

    /** Epoch of the record at the offset, -1 when unknown. */
    int epochAt(long offset) {
        List<Start> now = starts;
        for (int i = now.size() - 1; i >= 0; i--) {
            if (now.get(i).startOffset() <= offset) {
                return now.get(i).epoch();
            }
        }
        return -1;
    }

    /** Forgets the epochs that start at or above the offset: they have no records any more. */
    void truncateFrom(long endOffset) {
        starts =
                starts.stream().filter(start -> start.startOffset() < endOffset).toList();
    }

    /**
     * After an unclean stop: forgets what lies beyond the log, but keeps an epoch that was started and has no record yet.
     *
     * @return something was forgotten
     */
    boolean dropAbove(long logEndOffset) {
        List<Start> kept = starts.stream()
                .filter(start -> start.startOffset() <= logEndOffset)
                .toList();
        boolean dropped = kept.size() < starts.size();
        starts = kept;
        return dropped;
    }

    /** The log starts at the offset now: the epoch it lies in starts there too, older ones are forgotten. */
    void startAt(long logStartOffset) {
        int epoch = epochAt(logStartOffset);
        List<Start> kept = new ArrayList<>();
        for (Start start : starts) {
            if (start.startOffset() > logStartOffset) {
                kept.add(start);
            } else if (start.epoch() == epoch) {
                kept.add(new Start(epoch, logStartOffset));
            }
        }
        starts = List.copyOf(kept);
    }

    void clear() {
        starts = List.of();
    }
}
