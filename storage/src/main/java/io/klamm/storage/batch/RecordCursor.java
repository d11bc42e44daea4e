/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

/**
 * Goes through the records of one batch field by field and checks that they fit together; nothing is allocated for a record. Where the bytes
 * come from, and how many of them are there at a time, is up to those who extend it ({@link #fill}). Not thread-safe.
 */
abstract class RecordCursor {
    final RecordBatch batch = new RecordBatch();
    /** What is there of the records, up to {@link #limit}. */
    byte[] window = new byte[0];

    int limit;
    int at;
    /** How many bytes of the records came before those in the window. */
    long before;

    private int returned;

    // Where the record lies in the window; of use to those whose window holds all of it.
    int recordStart;
    int fieldsStart;
    int afterTimestamp;
    int keyStart;

    long timestampDelta;
    int keyLength;
    private int offsetDelta;
    private int valueLength;

    /** Begins with a batch of which nothing has come. */
    void begin() {
        at = 0;
        limit = 0;
        before = 0;
        returned = 0;
    }

    /**
     * The window is used up: puts what comes next into it.
     *
     * @return false when nothing more comes
     */
    abstract boolean fill() throws CorruptRecordsException;

    /** Moves to the next record. @return false behind the last one */
    public boolean next() throws CorruptRecordsException {
        if (returned >= batch.recordCount()) {
            if (at < limit || fill()) {
                throw broken("bytes behind the last record");
            }
            return false;
        }
        recordStart = at;
        int length = readInt();
        long end = position() + length;
        if (length < 0) {
            throw broken("record length " + length);
        }
        fieldsStart = at;
        skip(1, end); // attributes: unused
        timestampDelta = readLong();
        afterTimestamp = at;
        offsetDelta = readInt();
        keyLength = readInt();
        keyStart = at;
        skipField(keyLength, end);
        valueLength = readInt();
        skipField(valueLength, end);
        int headers = readInt();
        if (headers < 0) {
            throw broken("header count " + headers);
        }
        for (int i = 0; i < headers; i++) {
            int nameLength = readInt();
            if (nameLength < 0) {
                throw broken("header without a key");
            }
            skip(nameLength, end);
            skipField(readInt(), end);
        }
        if (position() != end) {
            throw broken("fields that end at " + position() + " instead of " + end);
        }
        if (offsetDelta < 0 || offsetDelta > batch.lastOffsetDelta()) {
            throw broken("offset delta " + offsetDelta);
        }
        returned++;
        return true;
    }

    private long position() {
        return before + at;
    }

    private void skipField(int length, long end) throws CorruptRecordsException {
        if (length < -1) {
            throw broken("field length " + length);
        }
        skip(Math.max(0, length), end);
    }

    private void skip(int bytes, long end) throws CorruptRecordsException {
        if (bytes > end - position()) {
            throw broken("field length " + bytes);
        }
        int left = bytes;
        while (left > limit - at) {
            left -= limit - at;
            at = limit;
            if (!fill()) {
                throw broken("early end");
            }
        }
        at += left;
    }

    private int readInt() throws CorruptRecordsException {
        long value = readLong();
        if (value != (int) value) {
            throw broken("varint out of range");
        }
        return (int) value;
    }

    private long readLong() throws CorruptRecordsException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (at == limit && !fill()) {
                throw broken("early end");
            }
            byte b = window[at++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw broken("varint too long");
    }

    private CorruptRecordsException broken(String what) {
        return new CorruptRecordsException(what + " in record " + returned + " of batch at " + batch.baseOffset());
    }

    /** Index of the record in its batch, from 0. */
    public int index() {
        return returned - 1;
    }

    public long offset() {
        return batch.baseOffset() + offsetDelta;
    }

    /** In ms; with LogAppendTime the batch's. */
    public long timestampMs() {
        return batch.isLogAppendTime() ? batch.maxTimestamp() : batch.baseTimestamp() + timestampDelta;
    }

    public boolean hasKey() {
        return keyLength >= 0;
    }

    public boolean hasValue() {
        return valueLength >= 0;
    }
}
