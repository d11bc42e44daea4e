/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.klamm.storage.log.RecordsRange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file range read in chunks, for pipelines that must see the bytes (TLS). Needs a ChunkedWriteHandler in the pipeline. */
final class FileRangeChunks implements ChunkedInput<ByteBuf> {
    private static final int CHUNK_BYTES = 64 * 1024;

    private final FileRangeRecords records;
    private int progress;

    FileRangeChunks(FileRangeRecords records) {
        this.records = records;
    }

    @Override
    public boolean isEndOfInput() {
        return progress == length();
    }

    @Override
    public void close() {
        records.release();
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester")
    public @Nullable ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
        return readChunk(context.alloc());
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
        int length = Math.min(CHUNK_BYTES, records.sizeInBytes() - progress);
        if (length == 0) {
            return null;
        }
        ByteBuf chunk = allocator.directBuffer(length, length);
        try {
            readFully(records.range(), progress, length, chunk);
        } catch (IOException | RuntimeException e) {
            chunk.release();
            throw e;
        }
        progress += length;
        return chunk;
    }

    @Override
    public long length() {
        return records.sizeInBytes();
    }

    @Override
    public long progress() {
        return progress;
    }

    /**
     * Appends {@code length} bytes of the range, from its byte {@code from} on, to {@code target}. An error of the file takes its log dir
     * offline.
     *
     * @throws EOFException when the range was cut short
     */
    static void readFully(RecordsRange range, int from, int length, ByteBuf target) throws IOException {
        int done = 0;
        while (done < length) {
            int read;
            try {
                read = target.writeBytes(range.channel(), range.position() + from + done, length - done);
            } catch (IOException e) {
                range.failed(e);
                throw e;
            }
            if (read <= 0) {
                throw new EOFException("the file was truncated below " + (range.position() + range.length())
                        + " while the range was in flight");
            }
            done += read;
        }
    }
}
