/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Reads the primitives of the fact format. Never reads past its end and never reserves memory for a length that the bytes
 * at hand cannot fill; every fault is a {@link FactFormatException}.
 */
final class FactReader {
    private final ByteBuffer buffer;

    /** Reads {@code source} from position to limit, and leaves its position alone. */
    FactReader(ByteBuffer source) {
        this.buffer = source.slice();
    }

    int position() {
        return buffer.position();
    }

    int remaining() {
        return buffer.remaining();
    }

    byte readByte() {
        need(1);
        return buffer.get();
    }

    short readShort() {
        need(2);
        return buffer.getShort();
    }

    int readInt() {
        need(4);
        return buffer.getInt();
    }

    long readLong() {
        need(8);
        return buffer.getLong();
    }

    int readVarint() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = readByte();
            if (shift == 28 && (next & 0xf0) != 0) {
                break;
            }
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new FactFormatException("damaged: a number of more than 32 bits before byte " + buffer.position());
    }

    boolean readBoolean() {
        byte value = readByte();
        if (value != 0 && value != 1) {
            throw new FactFormatException("damaged: " + value + " is neither true nor false");
        }
        return value == 1;
    }

    String readString() {
        return readUtf8(readLength());
    }

    @Nullable
    String readNullableString() {
        int lengthPlusOne = readVarint();
        return lengthPlusOne == 0 ? null : readUtf8(checkLength(lengthPlusOne - 1));
    }

    Uuid readUuid() {
        return new Uuid(readLong(), readLong());
    }

    <T> List<T> readList(Function<FactReader, T> element) {
        // An element takes at least one byte, so the count is bounded by what is left.
        int count = readLength();
        List<T> values = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            values.add(element.apply(this));
        }
        return values;
    }

    /** A length, checked against what is left. */
    int readLength() {
        return checkLength(readVarint());
    }

    /** The next {@code length} bytes, without a copy. */
    ByteBuffer readSlice(int length) {
        need(length);
        ByteBuffer slice = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        return slice;
    }

    void expectEnd(String what) {
        if (buffer.hasRemaining()) {
            throw new FactFormatException("damaged: " + buffer.remaining() + " surplus bytes behind " + what);
        }
    }

    private String readUtf8(int length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(readSlice(length)).toString();
        } catch (CharacterCodingException e) {
            throw new FactFormatException("damaged: a text that is not UTF-8", e);
        }
    }

    private int checkLength(int length) {
        if (length < 0 || length > buffer.remaining()) {
            throw new FactFormatException("damaged: a length of " + Integer.toUnsignedString(length) + " with "
                    + buffer.remaining() + " bytes left");
        }
        return length;
    }

    private void need(int count) {
        if (buffer.remaining() < count) {
            throw new FactFormatException(
                    "damaged: ends after " + buffer.limit() + " bytes, in the middle of a field of " + count);
        }
    }
}
