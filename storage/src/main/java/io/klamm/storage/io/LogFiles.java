/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** File operations of the logs. {@link #SYSTEM} is the real one; tests pass one that fails, tears or forgets. */
public interface LogFiles {
    int READ_THROUGH_CHUNK_BYTES = 64 * 1024;

    @SuppressWarnings("ClassInitializationDeadlock") // nobody else can name the class, so it is never initialised first
    LogFiles SYSTEM = new SystemLogFiles();

    FileChannel open(Path file, OpenOption... options) throws IOException;

    /** Renames atomically within one file system. A loss of power may undo it until the folder is synced. */
    void move(Path from, Path to) throws IOException;

    /** Renames atomically within one folder and syncs it. */
    default void rename(Path from, Path to) throws IOException {
        move(from, to);
        Path folder = to.toAbsolutePath().getParent();
        if (folder != null) {
            syncDirectory(folder);
        }
    }

    /** Deletes a file or an empty folder if it is there. */
    void delete(Path file) throws IOException;

    void createDirectories(Path directory) throws IOException;

    /** Forces a folder's entries to disk. */
    void syncDirectory(Path directory) throws IOException;

    /** The entries of a folder, sorted by name. */
    List<Path> list(Path directory) throws IOException;

    boolean exists(Path path);

    boolean isDirectory(Path path);

    long size(Path file) throws IOException;

    /** Wall time of the last change of content, ms. */
    long lastModified(Path file) throws IOException;

    /** Forces a file's data to disk. */
    void force(FileChannel channel, boolean metadata) throws IOException;

    /** Writes all remaining bytes, from {@code position} of the file on. */
    void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException;

    /** Reads until the buffer is full or the file ends; the buffer's position tells how much came. */
    void read(FileChannel channel, ByteBuffer into, long position) throws IOException;

    /** Reads a part of a file into the system's cache and nowhere else; ends where the file does. */
    default void readThrough(FileChannel channel, long position, long length) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(length, READ_THROUGH_CHUNK_BYTES));
        for (long done = 0; done < length; done += chunk.position()) {
            chunk.clear().limit((int) Math.min(length - done, chunk.capacity()));
            read(channel, chunk, position + done);
            if (chunk.hasRemaining()) {
                return;
            }
        }
    }

    void truncate(FileChannel channel, long size) throws IOException;

    /** What this process may still write to the file system of a folder, bytes. */
    default long usableSpace(Path directory) throws IOException {
        totalSpace(directory); // the JDK tells a failure by zeros
        return directory.toFile().getUsableSpace();
    }

    /** Size of the file system of a folder, bytes. */
    default long totalSpace(Path directory) throws IOException {
        long total = directory.toFile().getTotalSpace();
        if (total == 0) {
            throw new IOException("its file system does not tell its size");
        }
        return total;
    }

    /** Whether an operation failed for want of space (ENOSPC, EDQUOT) and nothing else is known to be wrong. */
    static boolean isNoSpace(IOException error) {
        String message = String.valueOf(error.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }

    /** @return an exclusive lock on the file, or null when another process (or this one) holds it */
    @Nullable
    FileLock tryLock(FileChannel channel) throws IOException;
}
