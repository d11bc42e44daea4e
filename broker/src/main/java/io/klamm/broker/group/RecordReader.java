/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.jspecify.annotations.Nullable;

/** Reads both layouts: lengths as fixed integers, or (flexible versions) as varints with one added. A length that lies allocates nothing. */
final class RecordReader {
    /** Takes one tagged field; the reader ends where the field does. */
    interface TaggedField {
        void read(int tag, RecordReader field);
    }

    private final ByteBufferAccessor in;
    private boolean flexible;

    RecordReader(ByteBuffer buffer) {
        this.in = new ByteBufferAccessor(buffer.duplicate());
    }

    /**
     * The version of a value; what follows is read in its layout.
     *
     * @param firstFlexible the first version of this value with the flexible layout
     */
    short readVersion(int newest, int firstFlexible) {
        short version = readShort();
        if (version < 0 || version > newest) {
            throw new IllegalArgumentException("version " + version + " of a value is not known");
        }
        flexible = version >= firstFlexible;
        return version;
    }

    byte readByte() {
        return in.readByte();
    }

    short readShort() {
        return in.readShort();
    }

    int readInt() {
        return in.readInt();
    }

    long readLong() {
        return in.readLong();
    }

    Uuid readUuid() {
        return in.readUuid();
    }

    String readString() {
        String value = readNullableString();
        if (value == null) {
            throw new IllegalArgumentException("a string is missing");
        }
        return value;
    }

    @Nullable
    String readNullableString() {
        int length = flexible ? in.readUnsignedVarint() - 1 : readShort();
        return length < 0 ? null : in.readString(bounded(length));
    }

    byte[] readBytes() {
        return in.readArray(readLength());
    }

    <T> List<T> readList(Function<RecordReader, T> each) {
        int count = readLength();
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            elements.add(each.apply(this));
        }
        return elements;
    }

    private int readLength() {
        return bounded(flexible ? in.readUnsignedVarint() - 1 : readInt());
    }

    /** Ends a structure without tagged fields that we know. */
    void endStruct() {
        endStruct((tag, field) -> {});
    }

    void endStruct(TaggedField known) {
        if (flexible) {
            int tags = in.readUnsignedVarint();
            for (int i = 0; i < tags; i++) {
                int tag = in.readUnsignedVarint();
                RecordReader field = new RecordReader(ByteBuffer.wrap(in.readArray(bounded(in.readUnsignedVarint()))));
                field.flexible = true;
                known.read(tag, field);
            }
        }
    }

    private int bounded(int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException(
                    "a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        return length;
    }
}
