/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.nio.ByteBuffer;

/** Zigzag variable-length integers as records hold them. */
final class Varints {
    /** Longest form of a long. */
    static final int MAX_BYTES = 10;

    private Varints() {}

    static int sizeOf(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        return zigzag == 0 ? 1 : (70 - Long.numberOfLeadingZeros(zigzag)) / 7;
    }

    /** @return the index behind what was written */
    static int write(long value, byte[] into, int at) {
        long rest = (value << 1) ^ (value >> 63);
        int i = at;
        while ((rest & ~0x7fL) != 0) {
            into[i++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        into[i++] = (byte) rest;
        return i;
    }

    static int readInt(ByteBuffer in) throws CorruptRecordsException {
        long value = readLong(in);
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            throw new CorruptRecordsException("varint out of range");
        }
        return (int) value;
    }

    static long readLong(ByteBuffer in) throws CorruptRecordsException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (!in.hasRemaining()) {
                throw new CorruptRecordsException("varint ends early");
            }
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new CorruptRecordsException("varint too long");
    }
}
