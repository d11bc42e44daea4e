/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The transactions whose ABORT marker lies in one segment, in the order of the markers. Most segments have none, and then no file.
 * Held in memory once it is used; the file follows with {@link #persist}. Thread-safe.
 *
 * <p>A lost entry would show aborted records to consumers, so each carries a check sum, and an index with a wrong one is of no use:
 * the log rebuilds it from the batches.
 */
public final class TransactionIndex {
    public static final int ENTRY_BYTES = 36;
    static final int MAGIC = 0x4b4c5849; // KLXI

    private final IndexFile file;
    private final List<AbortedTransaction> entries = new ArrayList<>();
    private int persisted;
    /** What the file holds is of no use. */
    private boolean replaceFile;

    private boolean forced = true;

    private State state = State.UNREAD;

    private enum State {
        UNREAD,
        SOUND,
        DAMAGED
    }

    public TransactionIndex(LogFiles files, Path path, long baseOffset) {
        this.file = new IndexFile(files, path, MAGIC, ENTRY_BYTES, baseOffset);
    }

    /** Reads the file, the first time. @return false when it is damaged, until {@link #reset} */
    public synchronized boolean load() throws IOException {
        if (state == State.UNREAD) {
            forced = !file.exists(); // an earlier process may have died between writing and forcing
            state = forced || read() ? State.SOUND : State.DAMAGED;
            file.close();
        }
        return state == State.SOUND;
    }

    private boolean read() throws IOException {
        int count = file.validEntries();
        if (count < 0 || file.hasTail(count)) {
            return false;
        }
        ByteBuffer in = file.read(0, count);
        if (in.remaining() < count * ENTRY_BYTES) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            int expected = check(in, in.position());
            AbortedTransaction entry = new AbortedTransaction(in.getLong(), in.getLong(), in.getLong(), in.getLong());
            if (in.getInt() != expected || !follows(entry)) {
                entries.clear();
                return false;
            }
            entries.add(entry);
        }
        persisted = count;
        return true;
    }

    /** Starts empty; what the file holds is replaced by the next {@link #persist}. */
    public synchronized void reset() {
        entries.clear();
        persisted = 0;
        replaceFile = true;
        state = State.SOUND;
    }

    /** Adds an entry unless it is there already. The index must be sound. */
    public synchronized void add(AbortedTransaction transaction) {
        if (state != State.SOUND) {
            throw new IllegalStateException(file.path() + " is not loaded");
        }
        if (follows(transaction)) {
            entries.add(transaction);
        }
    }

    private boolean follows(AbortedTransaction entry) {
        return entry.firstOffset() <= entry.lastOffset()
                && (entries.isEmpty()
                        || entry.lastOffset() > entries.get(entries.size() - 1).lastOffset());
    }

    /**
     * Collects the transactions that reach into a range of offsets.
     *
     * @param from inclusive
     * @param to exclusive
     * @return true when no later transaction can
     */
    public synchronized boolean collect(long from, long to, List<AbortedTransaction> into) {
        for (AbortedTransaction entry : entries) {
            if (entry.lastOffset() >= from && entry.firstOffset() < to) {
                into.add(entry);
            }
            if (entry.lastStableOffset() >= to) {
                return true;
            }
        }
        return false;
    }

    /** Forgets the transactions whose markers lie at or above the offset. */
    public synchronized void truncate(long endOffset) throws IOException {
        if (!load()) {
            return; // what is rebuilt will end where the log ends
        }
        while (!entries.isEmpty() && entries.get(entries.size() - 1).lastOffset() >= endOffset) {
            entries.remove(entries.size() - 1);
        }
        if (entries.size() < persisted) {
            persisted = entries.size();
            file.truncate(persisted);
            file.force(); // entries of another history must not come back
            forced = true;
            file.close();
        }
    }

    /** Writes what the file does not hold yet; on disk when this returns. */
    public synchronized void persist() throws IOException {
        if (state != State.SOUND || (persisted == entries.size() && !replaceFile && forced)) {
            return;
        }
        if (entries.isEmpty()) {
            file.delete();
            replaceFile = false;
            return;
        }
        ByteBuffer out = ByteBuffer.allocate((entries.size() - persisted) * ENTRY_BYTES);
        for (AbortedTransaction entry : entries.subList(persisted, entries.size())) {
            int start = out.position();
            out.putLong(entry.producerId()).putLong(entry.firstOffset());
            out.putLong(entry.lastOffset()).putLong(entry.lastStableOffset());
            out.putInt(check(out, start));
        }
        if (persisted < entries.size()) {
            file.write(persisted, out.flip());
        }
        file.force();
        file.close();
        persisted = entries.size();
        replaceFile = false;
        forced = true;
    }

    private static int check(ByteBuffer bytes, int start) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().clear().slice(start, ENTRY_BYTES - Integer.BYTES));
        return (int) crc.getValue();
    }

    public Path path() {
        return file.path();
    }

    public void renameTo(Path target) throws IOException {
        file.renameTo(target);
    }

    public void delete() throws IOException {
        file.discard();
    }

    public void close() throws IOException {
        file.close();
    }
}
