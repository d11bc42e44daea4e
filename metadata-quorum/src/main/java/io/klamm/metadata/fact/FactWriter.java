/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Writes the primitives of the fact format into a growing heap buffer. */
final class FactWriter {
    private byte[] bytes = new byte[256];
    private int size;

    int size() {
        return size;
    }

    /** What was written so far; shares the memory of this writer, so nothing may be written afterwards. */
    ByteBuffer toBuffer() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, more)));
        }
    }

    void writeByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    void writeShort(short value) {
        writeByte(value >>> 8);
        writeByte(value);
    }

    void writeInt(int value) {
        writeShort((short) (value >>> 16));
        writeShort((short) value);
    }

    void writeLong(long value) {
        writeInt((int) (value >>> 32));
        writeInt((int) value);
    }

    /** Seven bits a byte, lowest first; the 32 bits count as unsigned, so -1 takes five bytes. */
    void writeVarint(int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        writeByte(rest);
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    void writeString(String value) {
        writeBytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Length plus one, so that zero can say null. */
    void writeNullableString(@Nullable String value) {
        if (value == null) {
            writeVarint(0);
        } else {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            writeVarint(utf8.length + 1);
            writeRaw(utf8, 0, utf8.length);
        }
    }

    void writeUuid(Uuid value) {
        writeLong(value.getMostSignificantBits());
        writeLong(value.getLeastSignificantBits());
    }

    <T> void writeList(List<T> values, BiConsumer<FactWriter, T> element) {
        writeVarint(values.size());
        for (T value : values) {
            element.accept(this, value);
        }
    }

    /** Length, then the bytes from position to limit. */
    void writeBytes(ByteBuffer heapBuffer) {
        writeVarint(heapBuffer.remaining());
        writeRaw(heapBuffer.array(), heapBuffer.arrayOffset() + heapBuffer.position(), heapBuffer.remaining());
    }

    void writeRaw(byte[] source, int offset, int length) {
        reserve(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    private void writeBytes(byte[] value) {
        writeVarint(value.length);
        writeRaw(value, 0, value.length);
    }
}
