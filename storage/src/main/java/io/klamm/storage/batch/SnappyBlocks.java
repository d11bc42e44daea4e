/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.xerial.snappy.Snappy;

/**
 * Reads snappy in both shapes that clients write: one bare block (librdkafka), or xerial's frames (Java): 8 bytes of magic, version
 * (4), oldest compatible version (4), then blocks, each behind its length (4). A block tells its own size before it is decompressed;
 * what that claims is believed only as far as the block's bytes can go, so a lie allocates next to nothing.
 */
final class SnappyBlocks extends InputStream {
    private static final long MAGIC = 0x82534e4150505900L; // 0x82 S N A P P Y 0
    private static final int FRAME_HEADER_BYTES = 16;
    private static final int LENGTH_BYTES = 4;
    /** A copy element makes at most 64 bytes of 3, a literal never more than it holds. */
    private static final long MOST_OUT_OF_ONE = 22;

    private final ByteBuffer in;
    private final boolean framed;
    private final long maxBytes;
    private long bytesOut;
    private byte[] block = new byte[0];
    private int position;
    private int limit;

    /** @param maxBytes bound of all that may come out */
    SnappyBlocks(byte[] body, long maxBytes) {
        this.in = ByteBuffer.wrap(body);
        this.maxBytes = maxBytes;
        this.framed = body.length >= FRAME_HEADER_BYTES && in.getLong(0) == MAGIC;
        if (framed) {
            in.position(FRAME_HEADER_BYTES);
        }
    }

    /** Whether this can be snappy at all: xerial's magic, or a bare block of a credible size. */
    static boolean mayBegin(ByteBuffer bytes, int at, int length) {
        if (length >= FRAME_HEADER_BYTES && bytes.getLong(at) == MAGIC) {
            return true;
        }
        long size = 0;
        for (int i = 0; i < 5 && i < length; i++) {
            byte b = bytes.get(at + i);
            size |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                return size <= length * MOST_OUT_OF_ONE;
            }
        }
        return false;
    }

    @Override
    public int read() throws IOException {
        return fill() ? block[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int n = Math.min(length, limit - position);
        System.arraycopy(block, position, into, offset, n);
        position += n;
        return n;
    }

    /** @return false behind the last block */
    private boolean fill() throws IOException {
        while (position == limit) {
            if (!in.hasRemaining()) {
                return false;
            }
            decompress(framed ? nextLength() : in.remaining());
        }
        return true;
    }

    private int nextLength() throws IOException {
        if (in.remaining() < LENGTH_BYTES) {
            throw new IOException("snappy frame ends early");
        }
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IOException("snappy block of " + length + " bytes where " + in.remaining() + " are left");
        }
        return length;
    }

    private void decompress(int length) throws IOException {
        int size = Snappy.uncompressedLength(in.array(), in.position(), length);
        if (size < 0 || size > length * MOST_OUT_OF_ONE) {
            throw new IOException("snappy block of " + length + " bytes claims to hold " + size);
        }
        bytesOut += size;
        if (bytesOut > maxBytes) {
            throw new TooManyBytesException(maxBytes);
        }
        if (block.length < size) {
            block = new byte[size];
        }
        limit = Snappy.uncompress(in.array(), in.position(), length, block, 0);
        position = 0;
        in.position(in.position() + length);
    }
}
