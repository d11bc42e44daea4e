/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.Readable;

/**
 * Reads the protocol's primitives from a ByteBuf.
 *
 * <p>{@link #readByteBuffer} and with it the records of a message are slices of the ByteBuf: no copy, and valid only as long as it
 * is not released. No size is believed before it is compared with the bytes that remain, so that a lying length fails with
 * {@link MalformedMessageException} instead of allocating; the generated messages check their array counts against
 * {@link #remaining} in the same way.
 */
public final class ByteBufReadable implements Readable {
    private final ByteBuf buffer;

    public ByteBufReadable(ByteBuf buffer) {
        this.buffer = buffer;
    }

    @Override
    public byte readByte() {
        require(Byte.BYTES);
        return buffer.readByte();
    }

    @Override
    public short readShort() {
        require(Short.BYTES);
        return buffer.readShort();
    }

    @Override
    public int readInt() {
        require(Integer.BYTES);
        return buffer.readInt();
    }

    @Override
    public long readLong() {
        require(Long.BYTES);
        return buffer.readLong();
    }

    @Override
    public double readDouble() {
        require(Double.BYTES);
        return buffer.readDouble();
    }

    @Override
    public byte[] readArray(int length) {
        require(length);
        byte[] bytes = new byte[length];
        buffer.readBytes(bytes);
        return bytes;
    }

    @Override
    public String readString(int length) {
        require(length);
        String string = buffer.toString(buffer.readerIndex(), length, StandardCharsets.UTF_8);
        buffer.skipBytes(length);
        return string;
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        require(length);
        ByteBuffer slice = buffer.nioBuffer(buffer.readerIndex(), length);
        buffer.skipBytes(length);
        return slice;
    }

    @Override
    public int readUnsignedVarint() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte next = readByte();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedMessageException("a variable-length int of more than five bytes");
    }

    @Override
    public int readVarint() {
        int raw = readUnsignedVarint();
        return (raw >>> 1) ^ -(raw & 1);
    }

    @Override
    public long readVarlong() {
        long raw = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = readByte();
            raw |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new MalformedMessageException("a variable-length long of more than ten bytes");
    }

    @Override
    public int remaining() {
        return buffer.readableBytes();
    }

    @Override
    public Readable slice() {
        return new ByteBufReadable(buffer.slice());
    }

    private void require(int length) {
        if (length < 0 || length > buffer.readableBytes()) {
            throw new MalformedMessageException(
                    "a field of " + length + " bytes where " + buffer.readableBytes() + " remain");
        }
    }
}
