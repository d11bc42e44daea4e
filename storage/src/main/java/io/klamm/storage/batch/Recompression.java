/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Brings batches to another codec (topic setting {@code compression.type}): the records' bytes stay as they are, only what is
 * around them changes. A cold path, on the heap.
 */
public final class Recompression {
    private static final int CHUNK = 16 * 1024;

    private final Compression target;
    private final CompressionLevels levels;
    private final long maxBytes;
    private final int maxBatchBytes;

    /**
     * @param levels how hard the target codec tries
     * @param maxBytes bound of all that comes out of the batches' codecs in one call
     * @param maxBatchBytes bound of a batch in the target codec
     */
    public Recompression(Compression target, CompressionLevels levels, long maxBytes, int maxBatchBytes) {
        this.target = target;
        this.levels = levels;
        this.maxBytes = maxBytes;
        this.maxBatchBytes = maxBatchBytes;
    }

    /** @param batches sound batches, position to limit */
    public boolean isNeeded(ByteBuffer batches) {
        RecordBatch batch = new RecordBatch();
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            if (batch.wrap(batches, at).compressionId() != target.id()) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param batches sound batches, position to limit; not changed
     * @return the same records, every batch in the target codec
     */
    public ByteBuffer apply(ByteBuffer batches) throws CorruptRecordsException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(batches.remaining());
        RecordBatch batch = new RecordBatch();
        long left = maxBytes;
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            byte[] whole = new byte[batch.sizeInBytes()];
            batches.get(at, whole);
            if (batch.compressionId() == target.id()) {
                out.writeBytes(whole);
            } else {
                left -= recompress(whole, left, out);
            }
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    /** @return bytes that came out of the codec */
    private long recompress(byte[] whole, long bound, ByteArrayOutputStream into) throws CorruptRecordsException {
        RecordBatch batch = new RecordBatch().wrap(ByteBuffer.wrap(whole), 0);
        Compression source = Compression.forId(batch.compressionId());
        if (source == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        byte[] body = Arrays.copyOfRange(whole, RecordBatch.HEADER_BYTES, whole.length);
        long maxIn = source == Compression.NONE ? body.length : bound;
        ByteArrayOutputStream result = new ByteArrayOutputStream(whole.length);
        result.write(whole, 0, RecordBatch.HEADER_BYTES);
        long copied;
        try (InputStream in = new BufferedInputStream(source.decompress(body, maxIn), CHUNK);
                OutputStream out = target.compress(new Bounded(result), levels)) {
            copied = copy(in, out, maxIn);
        } catch (IOException | RuntimeException e) {
            throw CorruptRecordsException.of(source, e);
        }
        into.writeBytes(RecordBatch.seal(result.toByteArray(), target));
        return source == Compression.NONE ? 0 : copied;
    }

    private static long copy(InputStream in, OutputStream out, long maxBytes) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            total += n;
            if (total > maxBytes) {
                throw new TooManyBytesException(maxBytes);
            }
            out.write(chunk, 0, n);
        }
        return total;
    }

    /** Refuses what would make a batch too large, before there is memory for it. */
    private final class Bounded extends OutputStream {
        private final ByteArrayOutputStream out;

        Bounded(ByteArrayOutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            check(1);
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            check(length);
            out.write(bytes, from, length);
        }

        private void check(int more) throws IOException {
            if ((long) out.size() + more > maxBatchBytes) {
                throw new TooManyBytesException(maxBatchBytes);
            }
        }
    }
}
