/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** Reads batch headers of a segment file one by one, by position. Not thread-safe; allocated once per walk. */
final class HeaderCursor {
    private final LogFiles files;
    private final FileChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
    private final RecordBatch batch = new RecordBatch();

    HeaderCursor(LogFiles files, FileChannel channel) {
        this.files = files;
        this.channel = channel;
    }

    /**
     * @param limit end of the valid part of the file
     * @return the header at the position (valid until the next call), or null when there is no sound one
     */
    @Nullable
    RecordBatch at(int position, int limit) throws IOException {
        header.clear();
        files.read(channel, header, position);
        if (header.hasRemaining()) {
            return null;
        }
        batch.wrap(header, 0);
        return BatchStructure.problem(batch, (long) limit - position) == null ? batch : null;
    }

    /** The whole batch at the position; its header was read by {@link #at} just before. */
    ByteBuffer whole(int position) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
        files.read(channel, bytes, position);
        if (bytes.hasRemaining()) {
            throw new IOException("batch at " + position + " is cut short");
        }
        return bytes.flip();
    }
}
