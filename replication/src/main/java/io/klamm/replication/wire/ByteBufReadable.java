/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * Reads the protocol's primitives from a ByteBuf.
 *
 * <p>{@link #readByteBuffer} and with it the records of a message are slices of the ByteBuf: no copy, and valid only as long as it
 * is not released. No size is believed before it is compared with the bytes that remain, so that a lying length fails with
 * {@link MalformedMessageException} instead of allocating; the generated messages check their array counts against
 * {@link #remaining} in the same way.
 *
 * <p>The number of fields is bounded, too: an element of an array can be two bytes on the wire and fifty in memory, so that a hundred
 * megabytes of them would be more than a heap. What is large in sound messages is large in few fields (records).
 */
public final class ByteBufReadable implements Readable {
    /** Bytes of U+FFFD. */
    private static final int LONGEST_REPLACEMENT = 3;

    private final ByteBuf buffer;
    private int fieldsLeft;

    public ByteBufReadable(ByteBuf buffer) {
        this(buffer, Integer.MAX_VALUE);
    }

    /** @param mostFields numbers, strings and pieces of bytes that may be read, the lengths among them */
    public ByteBufReadable(ByteBuf buffer, int mostFields) {
        this.buffer = buffer;
        this.fieldsLeft = mostFields;
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
        if (length > Short.MAX_VALUE / LONGEST_REPLACEMENT && ByteBufUtil.utf8Bytes(string) > Short.MAX_VALUE) {
            // Each byte that makes no sense has become one that takes three: no answer could name it.
            throw new MalformedMessageException("a string of " + length + " bytes that is not UTF-8");
        }
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

    /**
     * Tags ascend (KIP-482). The codec reads them in any order, and could not write them again: a request that is passed on to the
     * controller would fail on its way.
     */
    @Override
    public List<RawTaggedField> readUnknownTaggedField(@Nullable List<RawTaggedField> unknowns, int tag, int size) {
        if (unknowns != null && unknowns.get(unknowns.size() - 1).tag() >= tag) {
            throw new MalformedMessageException("tagged field " + tag + " in the wrong place");
        }
        return Readable.super.readUnknownTaggedField(unknowns, tag, size);
    }

    @Override
    public int remaining() {
        return Math.min(buffer.readableBytes(), fieldsLeft);
    }

    @Override
    public Readable slice() {
        return new ByteBufReadable(buffer.slice(), fieldsLeft);
    }

    private void require(int length) {
        if (--fieldsLeft < 0) {
            throw new MalformedMessageException("more fields than a message may have");
        }
        if (length < 0 || length > buffer.readableBytes()) {
            throw new MalformedMessageException(
                    "a field of " + length + " bytes where " + buffer.readableBytes() + " remain");
        }
    }
}
