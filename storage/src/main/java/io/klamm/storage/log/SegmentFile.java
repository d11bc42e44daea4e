/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A segment's file: opened on first use, closed when the segment and the last range handed out have let go of it, so that a
 * deleted segment can be read to its end. Thread-safe. (Threads that use a channel must not be interrupted: that closes it.)
 */
final class SegmentFile {
    private final LogFiles files;
    /** The segment's own hold plus one for each range in flight. */
    private final AtomicInteger references = new AtomicInteger(1);

    private volatile Path path;
    private volatile @Nullable FileChannel channel;

    SegmentFile(LogFiles files, Path path) {
        this.files = files;
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** Only for a holder of a reference. */
    FileChannel channel() throws IOException {
        FileChannel open = channel;
        return open != null ? open : openChannel();
    }

    private synchronized FileChannel openChannel() throws IOException {
        FileChannel open = channel;
        if (open == null) {
            open = files.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            channel = open;
        }
        return open;
    }

    /** @return false when the file has been given up already */
    boolean tryRetain() {
        int held = references.get();
        while (held > 0) {
            if (references.compareAndSet(held, held + 1)) {
                return true;
            }
            held = references.get();
        }
        return false;
    }

    void release() throws IOException {
        int left = references.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("released too often: " + path);
        }
        if (left == 0) {
            close();
        }
    }

    private synchronized void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    synchronized void renameTo(Path target) throws IOException {
        if (files.exists(path)) {
            files.move(path, target);
        }
        path = target;
    }
}
