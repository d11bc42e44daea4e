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
    private final long maxBytes;

    /** @param maxBytes bound of the decompressed size of one batch */
    public Recompression(Compression target, long maxBytes) {
        this.target = target;
        this.maxBytes = maxBytes;
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
        for (int at = batches.position(); at < batches.limit(); at += batch.sizeInBytes()) {
            batch.wrap(batches, at);
            byte[] whole = new byte[batch.sizeInBytes()];
            batches.get(at, whole);
            out.writeBytes(batch.compressionId() == target.id() ? whole : recompress(whole));
        }
        return ByteBuffer.wrap(out.toByteArray());
    }

    private byte[] recompress(byte[] whole) throws CorruptRecordsException {
        RecordBatch batch = new RecordBatch().wrap(ByteBuffer.wrap(whole), 0);
        Compression source = Compression.forId(batch.compressionId());
        if (source == null) {
            throw new CorruptRecordsException("unknown compression codec " + batch.compressionId());
        }
        byte[] body = Arrays.copyOfRange(whole, RecordBatch.HEADER_BYTES, whole.length);
        ByteArrayOutputStream result = new ByteArrayOutputStream(whole.length);
        result.write(whole, 0, RecordBatch.HEADER_BYTES);
        try (InputStream in = new BufferedInputStream(source.decompress(body, maxBytes), CHUNK);
                OutputStream out = target.compress(result)) {
            copy(in, out);
        } catch (IOException | RuntimeException e) {
            throw new CorruptRecordsException("batch cannot be decompressed (" + source + "): " + e.getMessage());
        }
        return RecordBatch.seal(result.toByteArray(), target);
    }

    private void copy(InputStream in, OutputStream out) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            total += n;
            if (total > maxBytes) {
                throw new IOException("more than " + maxBytes + " bytes");
            }
            out.write(chunk, 0, n);
        }
    }
}
