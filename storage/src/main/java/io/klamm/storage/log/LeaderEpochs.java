/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.JournalFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which leader epoch starts at which offset (KIP-101): what tells two replicas where their logs part. Epochs and start offsets grow
 * strictly.
 *
 * <p>The file is a journal of what happened: {@code <epoch> <start>} for a new one, {@code end <offset>} for a truncation, {@code start
 * <offset>} for a log start. Epochs that came
 * with batches can be read from the log again, so they are only written with the recovery point. An epoch that a leader starts is written
 * at once, so that it outlives the process; it is forced with the first record that is: as long as it has none, there is nothing in this
 * or any log that depends on it, and forcing it would cost a leader of thousands of partitions seconds.
 *
 * <p>Changed under the append lock; read from any thread.
 */
final class LeaderEpochs {
    static final String FILE = "leader-epoch-checkpoint";
    private static final int VERSION = 2;
    private static final String END = "end ";
    private static final String START = "start ";
    /** Lines beyond twice the epochs there are before the file is written anew. */
    private static final int SPARE_LINES = 32;

    private final JournalFile file;
    private volatile List<Start> starts = List.of();
    /** Lines that the file lacks; this object's monitor. */
    private List<String> unwritten = new ArrayList<>();
    /** The file must be written anew; the file's monitor. */
    private boolean replaceFile;

    /** @param startOffset offset of the epoch's first record, or where it would come */
    record Start(int epoch, long startOffset) {}

    /**
     * What the file has said.
     *
     * @param whole nothing is missing
     * @param torn it ends in the middle of a line
     * @param starts what is there; when it is not whole, what was true at some time
     */
    record Loaded(boolean whole, boolean torn, List<Start> starts) {}

    LeaderEpochs(LogFiles files, Path folder) {
        this.file = new JournalFile(files, folder.resolve(FILE), "leader-epochs", VERSION);
    }

    /** What an earlier process has left; even when it stopped cleanly, an epoch without a record may not have been forced. */
    Loaded load() throws IOException {
        clear();
        unwritten.clear();
        replaceFile = false;
        JournalFile.Content content = file.read();
        boolean whole = content != null && content.whole();
        for (String line : content == null ? List.<String>of() : content.lines()) {
            if (!replay(line)) {
                whole = false;
                break;
            }
        }
        unwritten.clear();
        replaceFile = content != null && !whole;
        return new Loaded(whole, content != null && content.torn(), starts);
    }

    /** Goes back to what was loaded; the file is written anew. */
    void restore(Loaded loaded) {
        synchronized (file) {
            replaceFile = true;
        }
        synchronized (this) {
            starts = loaded.starts();
            unwritten.clear();
        }
    }

    private boolean replay(String line) {
        int space = line.indexOf(' ');
        try {
            long offset = Long.parseLong(line, space + 1, line.length(), 10);
            if (space <= 0 || offset < 0) {
                return false;
            }
            if (line.startsWith(END)) {
                truncateFrom(offset);
            } else if (line.startsWith(START)) {
                startAt(offset);
            } else {
                assign(Integer.parseInt(line, 0, space, 10), offset);
            }
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Writes what the file lacks; it outlives the process when this returns, not a loss of power. */
    void write() throws IOException {
        write(false);
    }

    /** Writes what the file lacks; on disk when this returns. */
    void persist() throws IOException {
        write(true);
    }

    private void write(boolean force) throws IOException {
        synchronized (file) { // in the order in which it happened
            List<String> lines;
            List<Start> now;
            synchronized (this) {
                lines = unwritten;
                unwritten = new ArrayList<>();
                now = starts;
            }
            if (replaceFile || file.lines() + lines.size() > 2 * now.size() + SPARE_LINES) {
                replaceFile = true; // until it is done
                file.replace(now.stream().map(LeaderEpochs::line).toList());
                replaceFile = false;
                return;
            }
            replaceFile = true; // should the lines not get there
            if (force) {
                file.appendForced(lines);
            } else {
                file.append(lines);
            }
            replaceFile = false;
        }
    }

    private static String line(Start start) {
        return start.epoch() + " " + start.startOffset();
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
        if (epoch > last()) {
            addStart(new Start(epoch, startOffset));
        }
    }

    private synchronized void addStart(Start added) {
        List<Start> next = new ArrayList<>(starts);
        next.removeIf(start -> start.startOffset() >= added.startOffset());
        next.add(added);
        starts = List.copyOf(next);
        unwritten.add(line(added));
    }

    /** The first start, null when there is none. */
    @Nullable
    Start firstStart() {
        List<Start> now = starts;
        return now.isEmpty() ? null : now.get(0);
    }

    /** The last start, null when there is none. */
    @Nullable
    Start lastStart() {
        List<Start> now = starts;
        return now.isEmpty() ? null : now.get(now.size() - 1);
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
        List<Start> kept =
                starts.stream().filter(start -> start.startOffset() < endOffset).toList();
        if (kept.size() < starts.size()) {
            keepFirst(kept, endOffset);
        }
    }

    private synchronized void keepFirst(List<Start> kept, long endOffset) {
        starts = kept;
        unwritten.add(END + endOffset);
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
        if (kept.size() == starts.size()) {
            return false;
        }
        keepFirst(kept, logEndOffset + 1);
        return true;
    }

    /**
     * The log starts at the offset now: the epoch it lies in starts there too, older ones are forgotten. Written with what comes next:
     * the log start says it again.
     */
    synchronized void startAt(long logStartOffset) {
        int epoch = epochAt(logStartOffset);
        List<Start> kept = new ArrayList<>();
        for (Start start : starts) {
            if (start.startOffset() > logStartOffset) {
                kept.add(start);
            } else if (start.epoch() == epoch) {
                kept.add(new Start(epoch, logStartOffset));
            }
        }
        if (!kept.equals(starts)) {
            starts = List.copyOf(kept);
            unwritten.add(START + logStartOffset);
        }
    }

    void clear() {
        truncateFrom(0);
    }
}
