/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

/** The records of a batch cannot be decoded: they do not follow the format, or exceed a bound. No stack trace. */
public final class CorruptRecordsException extends Exception {
    private final boolean tooLarge;

    public CorruptRecordsException(String message) {
        this(message, false);
    }

    private CorruptRecordsException(String message, boolean tooLarge) {
        super(message, null, false, false);
        this.tooLarge = tooLarge;
    }

    /** What a codec's stream has thrown. */
    static CorruptRecordsException of(Compression codec, Exception thrown) {
        return new CorruptRecordsException(
                "batch cannot be decompressed (" + codec + "): " + thrown.getMessage(),
                thrown instanceof TooManyBytesException);
    }

    /** Whether the records exceed a bound; they may follow the format then. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
