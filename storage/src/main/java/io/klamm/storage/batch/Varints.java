/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.nio.ByteBuffer;

/** Zigzag variable-length integers as records hold them. */
final class Varints {
    private Varints() {}

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
