/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of entries of one size behind a header: magic (4), version (2), entry size (2), base offset of the segment (8). Read
 * and written by position, never mapped: deleting a file cannot pull memory away from under a reader.
 *
 * <p>Forced only where rebuilding it would cost more than the look at the batches behind its last entry.
 */
final class IndexFile {
    static final int HEADER_BYTES = 16;
    static final short VERSION = 1;

    private final LogFiles files;
    private final int magic;
    private final int entryBytes;
    private final long baseOffset;
    private Path path;
    private @Nullable FileChannel channel;
    private boolean discarded;

    IndexFile(LogFiles files, Path path, int magic, int entryBytes, long baseOffset) {
        this.files = files;
        this.path = path;
        this.magic = magic;
        this.entryBytes = entryBytes;
        this.baseOffset = baseOffset;
    }

    /** @return number of whole entries, or -1 when there is no such file or its header is not this index' */
    synchronized int validEntries() throws IOException {
        if (!exists()) {
            return -1;
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        files.read(channel(), header, 0);
        header.flip();
        if (header.remaining() < HEADER_BYTES
                || header.getInt() != magic
                || header.getShort() != VERSION
                || header.getShort() != entryBytes
                || header.getLong() != baseOffset) {
            return -1;
        }
        return (int) Math.min(Integer.MAX_VALUE, (files.size(path) - HEADER_BYTES) / entryBytes);
    }

    /** Entries {@code from} (inclusive) to {@code to} (exclusive); fewer when the file is shorter. */
    synchronized ByteBuffer read(int from, int to) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(Math.multiplyExact(to - from, entryBytes));
        if (discarded) {
            return entries.flip();
        }
        files.read(channel(), entries, position(from));
        return entries.flip();
    }

    /** Writes entries at index {@code at}; creates the file with its header when {@code at} is 0. */
    synchronized void write(int at, ByteBuffer entries) throws IOException {
        if (discarded) {
            return;
        }
        if (at == 0) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            header.putInt(magic).putShort(VERSION).putShort((short) entryBytes).putLong(baseOffset);
            files.truncate(channel(), 0);
            files.write(channel(), header.flip(), 0);
        }
        files.write(channel(), entries, position(at));
    }

    /** Whether there are bytes behind the entries. */
    synchronized boolean hasTail(int entries) throws IOException {
        return exists() && files.size(path) > position(entries);
    }

    /** Forces content and folder entry. */
    synchronized void force() throws IOException {
        if (discarded) {
            return;
        }
        files.force(channel(), true);
        Path folder = path.getParent();
        if (folder != null) {
            files.syncDirectory(folder);
        }
    }

    synchronized boolean exists() {
        return !discarded && files.exists(path);
    }

    synchronized void truncate(int entries) throws IOException {
        if (exists()) {
            files.truncate(channel(), position(entries));
        }
    }

    synchronized void renameTo(Path target) throws IOException {
        if (files.exists(path)) {
            files.move(path, target);
        }
        path = target;
    }

    synchronized void delete() throws IOException {
        close();
        files.delete(path);
    }

    /** Deletes the file for good: its name may soon be another segment's, whatever a late reader of this one still wants. */
    synchronized void discard() throws IOException {
        discarded = true;
        delete();
    }

    /** There is nothing left to read. */
    synchronized boolean isDiscarded() {
        return discarded;
    }

    synchronized void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    Path path() {
        return path;
    }

    private long position(int entry) {
        return HEADER_BYTES + (long) entry * entryBytes;
    }

    private FileChannel channel() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            open = files.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            channel = open;
        }
        return open;
    }
}
