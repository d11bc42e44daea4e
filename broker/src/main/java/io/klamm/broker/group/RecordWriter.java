/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A buffer that grows. Writes both layouts: lengths as fixed integers, or (flexible versions) as varints with one added. */
final class RecordWriter {
    private ByteBuffer buffer = ByteBuffer.allocate(128);
    private boolean flexible;

    /** What a value begins with; what follows is written in the layout of that version. */
    RecordWriter version(short version, boolean isFlexible) {
        writeShort(version);
        flexible = isFlexible;
        return this;
    }

    /** For a tagged field, which is flexible without a version of its own. */
    RecordWriter flexible() {
        flexible = true;
        return this;
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            buffer = ByteBuffer.allocate(Math.max(2 * buffer.capacity(), buffer.position() + bytes))
                    .put(buffer.flip());
        }
        return buffer;
    }

    void writeByte(byte value) {
        room(1).put(value);
    }

    void writeShort(short value) {
        room(2).putShort(value);
    }

    void writeInt(int value) {
        room(4).putInt(value);
    }

    void writeLong(long value) {
        room(8).putLong(value);
    }

    void writeUuid(Uuid value) {
        writeLong(value.getMostSignificantBits());
        writeLong(value.getLeastSignificantBits());
    }

    private void writeUnsignedVarint(int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            writeByte((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        writeByte((byte) rest);
    }

    /** @throws GroupRecordException when it is longer than a record can hold */
    void writeString(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Short.MAX_VALUE) {
            throw new GroupRecordException("a string of " + bytes.length + " bytes does not fit");
        }
        if (flexible) {
            writeUnsignedVarint(bytes.length + 1);
        } else {
            writeShort((short) bytes.length);
        }
        room(bytes.length).put(bytes);
    }

    void writeNullableString(@Nullable String value) {
        if (value != null) {
            writeString(value);
        } else if (flexible) {
            writeUnsignedVarint(0);
        } else {
            writeShort((short) -1);
        }
    }

    void writeBytes(byte[] value) {
        writeLength(value.length);
        room(value.length).put(value);
    }

    <T> void writeList(Collection<T> elements, BiConsumer<RecordWriter, T> each) {
        writeLength(elements.size());
        elements.forEach(element -> each.accept(this, element));
    }

    private void writeLength(int length) {
        if (flexible) {
            writeUnsignedVarint(length + 1);
        } else {
            writeInt(length);
        }
    }

    /** Ends a structure without tagged fields; nothing in versions that have none. */
    void endStruct() {
        if (flexible) {
            writeUnsignedVarint(0);
        }
    }

    /** Ends a structure with the one tagged field that our layouts have at most. */
    void endStruct(int tag, byte[] field) {
        writeUnsignedVarint(1);
        writeUnsignedVarint(tag);
        writeUnsignedVarint(field.length);
        room(field.length).put(field);
    }

    byte[] bytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
