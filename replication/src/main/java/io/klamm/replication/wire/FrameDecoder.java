/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the byte stream into frames: an int32 length, then as many bytes. Passes on each frame's content as one contiguous ByteBuf.
 *
 * <p>A frame that arrived whole in one read is a slice of what was read. A longer one is gathered in one direct buffer that grows
 * with the bytes that arrive, up to the exact size: a client that announces 100 MB and sends nothing costs nothing. A length that is
 * negative or above the bound ends the connection's input and fires a {@link MalformedMessageException}.
 *
 * <p>While auto-read is off, no further frame is passed on, even when its bytes are here already; they wait for the next read. What
 * waits is bounded by one receive buffer.
 */
public final class FrameDecoder extends ChannelDuplexHandler {
    private static final int FIRST_CAPACITY = 64 * 1024;

    private final int maxFrameBytes;
    private final FrameMemory memory;

    /** Received and not yet consumed. */
    private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(2);

    /** The length prefix as far as it is here. */
    private int lengthBytes;

    private int length;

    /** The frame that is being gathered. */
    private @Nullable ByteBuf gathered;

    private boolean draining;
    private boolean dead;

    public FrameDecoder(int maxFrameBytes, FrameMemory memory) {
        this.maxFrameBytes = maxFrameBytes;
        this.memory = memory;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (dead) {
            bytes.release();
            return;
        }
        received.add(bytes);
        drain(context);
    }

    @Override
    public void read(ChannelHandlerContext context) {
        drain(context);
        if (received.isEmpty()) {
            context.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        die();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        die();
    }

    private void drain(ChannelHandlerContext context) {
        if (draining) {
            return; // a frame's handler switched reading off and on again; the outer loop goes on
        }
        draining = true;
        try {
            while (!received.isEmpty() && context.channel().config().isAutoRead()) {
                ByteBuf bytes = received.getFirst();
                if (!bytes.isReadable()) {
                    received.removeFirst().release();
                } else if (!step(context, bytes)) {
                    return;
                }
                if (!context.channel().isActive()) {
                    die();
                }
            }
        } finally {
            draining = false;
        }
    }

    /** Consumes some of the bytes; false when it must wait. */
    private boolean step(ChannelHandlerContext context, ByteBuf bytes) {
        if (lengthBytes < Integer.BYTES) {
            readLength(context, bytes);
            if (dead || lengthBytes < Integer.BYTES || length > 0) {
                return true;
            }
        }
        if (gathered == null && bytes.readableBytes() >= length) {
            ByteBuf frame = bytes.readRetainedSlice(length);
            lengthBytes = 0;
            context.fireChannelRead(frame);
            return true;
        }
        return gather(context, bytes);
    }

    private void readLength(ChannelHandlerContext context, ByteBuf bytes) {
        if (lengthBytes == 0 && bytes.readableBytes() >= Integer.BYTES) {
            length = bytes.readInt();
            lengthBytes = Integer.BYTES;
        } else {
            length = (length << Byte.SIZE) | bytes.readUnsignedByte();
            lengthBytes++;
        }
        if (lengthBytes == Integer.BYTES && (length < 0 || length > maxFrameBytes)) {
            int announced = length;
            die();
            context.fireExceptionCaught(new MalformedMessageException(
                    "a frame of " + announced + " bytes, allowed are 0 to " + maxFrameBytes));
        }
    }

    private boolean gather(ChannelHandlerContext context, ByteBuf bytes) {
        ByteBuf frame = gathered;
        int held = frame == null ? 0 : frame.capacity();
        int filled = frame == null ? 0 : frame.writerIndex();
        int arriving = Math.min(bytes.readableBytes(), length - filled);
        if (frame == null || filled + arriving > held) {
            int capacity = (int) Math.min(length, Math.max(2L * held, Math.max(filled + arriving, FIRST_CAPACITY)));
            if (!memory.grow(capacity - held)) {
                return false;
            }
            if (frame == null) {
                frame = context.alloc().directBuffer(capacity, length);
                gathered = frame;
            } else {
                frame.capacity(capacity);
            }
        }
        frame.writeBytes(bytes, arriving);
        if (frame.writerIndex() == length) {
            int capacity = frame.capacity();
            gathered = null;
            lengthBytes = 0;
            try {
                context.fireChannelRead(frame);
            } finally {
                memory.shrink(capacity);
            }
        }
        return true;
    }

    private void die() {
        dead = true;
        received.forEach(ByteBuf::release);
        received.clear();
        if (gathered != null) {
            memory.shrink(gathered.capacity());
            gathered.release();
            gathered = null;
        }
    }
}
