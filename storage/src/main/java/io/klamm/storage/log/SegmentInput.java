/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads a sealed segment from its beginning; stays readable when the segment leaves the log. Not thread-safe. */
public final class SegmentInput implements AutoCloseable {
    private final CleanableLog log;
    private final LogFiles files;
    private final SegmentFile file;
    private final FileChannel channel;
    private final int size;

    /** Takes over a reference on the file. */
    SegmentInput(CleanableLog log, LogFiles files, SegmentFile file, FileChannel channel, int size) {
        this.log = log;
        this.files = files;
        this.file = file;
        this.channel = channel;
        this.size = size;
    }

    /** Bytes of the segment. */
    public int size() {
        return size;
    }

    /** Reads from a position of the file until the buffer is full or the segment ends. */
    public void read(int position, ByteBuffer into) throws LogDirOfflineException, CleaningAbortedException {
        int limit = into.limit();
        into.limit(Math.min(limit, into.position() + size - position));
        try {
            files.read(channel, into, position);
        } catch (IOException e) {
            throw log.failed("reading", e);
        } finally {
            into.limit(limit);
        }
    }

    @Override
    public void close() throws LogDirOfflineException, CleaningAbortedException {
        try {
            file.release();
        } catch (IOException e) {
            throw log.failed("closing a segment of", e);
        }
    }

    @Override
    public String toString() {
        return file.path().toString();
    }
}
