/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the records of one batch through a small window: the offset and time of each, and whether it has a key. Fields are
 * skipped, not kept, so what it allocates does not depend on what comes out of the codec. For those who need a record's bytes there is
 * {@link RecordScanner}. Used once; not thread-safe.
 */
public final class RecordWalk extends RecordCursor implements AutoCloseable {
    private static final int WINDOW_BYTES = 16 * 1024;

    private final Compression codec;
    private final ByteBuffer body;
    /** Null when nothing is compressed. */
    private final @Nullable InputStream in;

    private final long maxBytes;

    /**
     * @param whole holds the whole batch, which was found sound by {@link BatchStructure}
     * @param start absolute position of its first byte
     * @param maxBytes bound of what may come out of the codec; nothing bounds records that are not compressed
     */
    public RecordWalk(ByteBuffer whole, int start, long maxBytes) throws CorruptRecordsException {
        batch.wrap(whole, start);
        this.maxBytes = maxBytes;
        this.body = whole.slice(start + RecordBatch.HEADER_BYTES, batch.sizeInBytes() - RecordBatch.HEADER_BYTES);
        Compression found = Compression.forId(batch.compressionId());
        if (found == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        this.codec = found;
        window = new byte[WINDOW_BYTES];
        this.in = codec == Compression.NONE ? null : decompressed();
    }

    private InputStream decompressed() throws CorruptRecordsException {
        byte[] packed = new byte[body.remaining()];
        body.get(packed);
        return guarded(() -> codec.decompress(packed, maxBytes));
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    private <T> T guarded(Step<T> step) throws CorruptRecordsException {
        try {
            return step.run();
        } catch (IOException | RuntimeException e) {
            throw CorruptRecordsException.of(codec, e);
        } catch (Error e) {
            // Codecs report broken input in many ways; only memory and linkage are not theirs.
            if (e instanceof VirtualMachineError || e instanceof LinkageError) {
                throw e;
            }
            throw new CorruptRecordsException("batch cannot be decompressed (" + codec + "): " + e);
        }
    }

    @Override
    boolean fill() throws CorruptRecordsException {
        before += limit;
        limit = 0;
        at = 0;
        limit = Math.max(0, guarded(this::read));
        return limit > 0;
    }

    private int read() throws IOException {
        if (in == null) {
            int n = Math.min(window.length, body.remaining());
            body.get(window, 0, n);
            return n;
        }
        int n = in.read(window, 0, window.length);
        if (n > 0 && before + n > maxBytes) {
            throw new TooManyBytesException(maxBytes);
        }
        return n;
    }

    /** Bytes that have come out of the codec so far, 0 without one. */
    public long decompressedBytes() {
        return in == null ? 0 : before + limit;
    }

    @Override
    public void close() throws CorruptRecordsException {
        if (in != null) {
            guarded(() -> {
                in.close();
                return true;
            });
        }
    }
}
