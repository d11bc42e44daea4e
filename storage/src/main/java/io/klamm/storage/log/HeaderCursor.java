/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads batch headers of a segment file one by one, by position. Not thread-safe; allocated once per walk. */
final class HeaderCursor {
    private static final int STEP_BYTES = 256 * 1024;

    private final LogFiles files;
    private final SegmentFile file;
    private final FileChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
    private final RecordBatch batch = new RecordBatch();

    HeaderCursor(LogFiles files, SegmentFile file) throws IOException {
        this.files = files;
        this.file = file;
        this.channel = file.channel();
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

    /**
     * The whole batch at the position; its header was read by {@link #at} just before. A length is not believed before the CRC is right:
     * one flipped bit makes a gigabyte of it.
     */
    ByteBuffer whole(int position) throws IOException {
        int size = batch.sizeInBytes();
        if (size > STEP_BYTES) {
            check(position, size);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        files.read(channel, bytes, position);
        if (bytes.hasRemaining()) {
            throw new DamagedBatchException(file, position, "a batch that is cut short");
        }
        return bytes.flip();
    }

    private void check(int position, int size) throws IOException {
        ByteBuffer step = ByteBuffer.allocate(STEP_BYTES);
        CRC32C crc = new CRC32C();
        for (int at = RecordBatch.crcStart(); at < size; at += step.limit()) {
            step.clear().limit(Math.min(STEP_BYTES, size - at));
            files.read(channel, step, position + at);
            crc.update(step.flip());
            if (step.limit() == 0) {
                break;
            }
        }
        if ((int) crc.getValue() != batch.storedCrc()) {
            throw new DamagedBatchException(file, position, "CRC mismatch");
        }
    }
}
