/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.BaseRecords;

/**
 * An encoded response: buffers, and between them file ranges that never come to the heap. All buffers are slices of one allocation.
 * It is written or released, once.
 */
public final class ResponseFrame {
    /** Shorter ranges are read into the frame: one write instead of a write and a sendfile a partition. */
    private static final int COPY_BELOW_BYTES = 4 * 1024;

    /** ByteBuf and FileRangeRecords in the order of the wire. */
    private final List<Object> parts;

    private final int size;

    private ResponseFrame(List<Object> parts, int size) {
        this.parts = parts;
        this.size = size;
    }

    /**
     * Encodes a response, length prefix and header included. Takes over the file ranges in the message, also when it fails.
     *
     * @throws UncheckedIOException when a file range cannot be read
     */
    public static ResponseFrame encode(
            ByteBufAllocator allocator, ApiKeys api, short version, int correlationId, ApiMessage message) {
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(correlationId);
        short headerVersion = api.responseHeaderVersion(version);
        ObjectSerializationCache headerCache = new ObjectSerializationCache();
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuf buffer = null;
        try {
            MessageSizeAccumulator total = new MessageSizeAccumulator();
            header.addSize(total, headerCache, headerVersion);
            addSize(message, total, cache, version);
            buffer = allocator.directBuffer(Integer.BYTES + total.sizeExcludingZeroCopy());
            buffer.writeInt(total.totalSize());
            Encoder encoder = new Encoder(buffer);
            header.write(encoder, headerCache, headerVersion);
            message.write(encoder, cache, version);
            return new ResponseFrame(encoder.finish(), Integer.BYTES + total.totalSize());
        } catch (RuntimeException e) {
            discard(message);
            throw e;
        } finally {
            if (buffer != null) {
                buffer.release(); // the slices have their own references
            }
        }
    }

    private static void addSize(
            ApiMessage message, MessageSizeAccumulator total, ObjectSerializationCache cache, short version) {
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        try {
            message.addSize(size, cache, version);
        } catch (UnsupportedVersionException e) {
            throw e;
        } catch (RuntimeException e) {
            ErrorMessages.shorten(message); // a string too long for the wire
            size = new MessageSizeAccumulator();
            message.addSize(size, cache, version);
        }
        total.add(size);
    }

    /** A response that was encoded otherwise, length prefix included. Takes the buffer over. */
    public static ResponseFrame of(ByteBuf encoded) {
        List<Object> parts = new ArrayList<>(1);
        parts.add(encoded);
        return new ResponseFrame(parts, encoded.readableBytes());
    }

    /** Bytes on the wire. */
    public int size() {
        return size;
    }

    /** Bytes of memory that it holds; file ranges take none. */
    public int bufferedBytes() {
        int bytes = 0;
        for (Object part : parts) {
            if (part instanceof ByteBuf buffer) {
                bytes += buffer.readableBytes();
            }
        }
        return bytes;
    }

    /**
     * Writes all parts, without a flush. On the event loop. When a part fails (its file was truncated), the connection is closed:
     * the client must not take what follows for the missing bytes.
     *
     * @return completes when the last byte is with the operating system, fails when the connection closed before
     */
    public ChannelFuture write(Channel channel) {
        boolean chunked = channel.pipeline().get(ChunkedWriteHandler.class) != null;
        ChannelFuture last = channel.newSucceededFuture();
        for (Object each : parts) {
            if (!(each instanceof FileRangeRecords records)) {
                last = channel.write(each);
            } else if (chunked) {
                last = channel.write(new FileRangeChunks(records));
            } else {
                FileRangeRegion region = new FileRangeRegion(records);
                last = channel.write(region).addListener(region);
            }
            last.addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
        parts.clear();
        return last;
    }

    /** Gives everything back unwritten. */
    public void release() {
        for (Object part : parts) {
            if (part instanceof FileRangeRecords records) {
                records.release();
            } else {
                ((ByteBuf) part).release();
            }
        }
        parts.clear();
    }

    /** Gives back what a response that will not be encoded holds. Idempotent. */
    public static void discard(ApiMessage message) {
        if (message instanceof FetchResponseData fetch) {
            for (FetchResponseData.FetchableTopicResponse topic : fetch.responses()) {
                for (FetchResponseData.PartitionData partition : topic.partitions()) {
                    if (partition.records() instanceof FileRangeRecords records) {
                        records.release();
                    }
                }
            }
        }
    }

    private static final class Encoder extends ByteBufWritable {
        private final ByteBuf buffer;
        private final List<Object> parts = new ArrayList<>(3);
        private int partStart;

        Encoder(ByteBuf buffer) {
            super(buffer);
            this.buffer = buffer;
        }

        @Override
        public void writeRecords(BaseRecords records) {
            if (!(records instanceof FileRangeRecords file)) {
                super.writeRecords(records);
            } else if (file.sizeInBytes() >= COPY_BELOW_BYTES) {
                cut();
                parts.add(file);
            } else {
                if (file.sizeInBytes() > 0) {
                    copy(file);
                }
                file.release();
            }
        }

        private void copy(FileRangeRecords file) {
            try {
                buffer.ensureWritable(file.sizeInBytes());
                FileRangeChunks.readFully(file.range(), 0, file.sizeInBytes(), buffer);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void cut() {
            if (buffer.writerIndex() > partStart) {
                parts.add(new int[] {partStart, buffer.writerIndex()});
                partStart = buffer.writerIndex();
            }
        }

        /** Slices are taken at the end, since the buffer may move while it grows. */
        List<Object> finish() {
            cut();
            parts.replaceAll(part ->
                    part instanceof int[] bounds ? buffer.retainedSlice(bounds[0], bounds[1] - bounds[0]) : part);
            return parts;
        }
    }
}
