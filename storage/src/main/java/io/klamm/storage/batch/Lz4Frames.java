/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads LZ4 frames with independent blocks. A frame's header says how large its blocks may be, up to 4 MiB; what is allocated for a block is
 * what its bytes can hold at most, so that a header which claims the largest costs nothing.
 */
final class Lz4Frames extends InputStream {
    private static final int MAGIC = 0x184d2204;
    private static final int SKIPPABLE = 0x184d2a50;
    private static final int SKIPPABLE_MASK = ~0xf;
    private static final int VERSION = 1;
    private static final int INDEPENDENT = 0x20;
    private static final int BLOCK_SUMS = 0x10;
    private static final int CONTENT_SIZE = 0x08;
    private static final int CONTENT_SUM = 0x04;
    /** Dictionaries and a reserved bit. */
    private static final int UNSUPPORTED = 0x03;

    private static final int PLAIN = 1 << 31;
    /** A length byte adds 255 at most; the rest is what one short sequence makes. */
    private static final long MOST_OUT_OF_ONE = 255;

    private static final int SLACK = 64;
    private static final LZ4SafeDecompressor DECOMPRESSOR =
            LZ4Factory.fastestInstance().safeDecompressor();
    private static final XXHash32 HASH = XXHashFactory.fastestInstance().hash32();

    private final ByteBuffer in;
    private final long maxBytes;
    private long bytesOut;
    private boolean inFrame;
    private boolean blockSums;
    private int maxBlock;
    private long contentLeft = -1;
    private @Nullable StreamingXXHash32 contentSum;
    private byte[] block = new byte[0];
    private int position;
    private int limit;

    /**
     * @param maxBytes bound of all that may come out
     * @throws IOException when it does not begin with a frame
     */
    Lz4Frames(byte[] body, long maxBytes) throws IOException {
        this.in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        this.maxBytes = maxBytes;
        if (!nextFrame()) {
            throw new IOException("no lz4 frame");
        }
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

    /** @return false behind the last frame */
    private boolean fill() throws IOException {
        while (position == limit) {
            if (!inFrame && !nextFrame()) {
                return false;
            }
            nextBlock();
        }
        return true;
    }

    private boolean nextFrame() throws IOException {
        while (in.hasRemaining()) {
            int magic = readInt();
            if (magic == MAGIC) {
                readHeader();
                inFrame = true;
                return true;
            }
            if ((magic & SKIPPABLE_MASK) != SKIPPABLE) {
                throw new IOException("no lz4 frame: begins with " + Integer.toHexString(magic));
            }
            skip(readInt());
        }
        return false;
    }

    private void readHeader() throws IOException {
        int start = in.position();
        need(3);
        int flags = in.get();
        int sizes = in.get() & 0xff;
        if (flags >>> 6 != VERSION || (flags & UNSUPPORTED) != 0 || (flags & INDEPENDENT) == 0) {
            throw new IOException("lz4 frame flags " + Integer.toHexString(flags & 0xff) + " are not supported");
        }
        int code = sizes >>> 4;
        if (code < 4 || code > 7 || (sizes & 0xf) != 0) {
            throw new IOException("lz4 block size code " + Integer.toHexString(sizes));
        }
        maxBlock = 1 << (8 + 2 * code);
        blockSums = (flags & BLOCK_SUMS) != 0;
        contentLeft = -1;
        if ((flags & CONTENT_SIZE) != 0) {
            need(9);
            contentLeft = in.getLong();
        }
        int expected = (HASH.hash(in.array(), start, in.position() - start, 0) >>> 8) & 0xff;
        if ((in.get() & 0xff) != expected) {
            throw new IOException("lz4 frame header with a wrong check sum");
        }
        contentSum =
                (flags & CONTENT_SUM) != 0 ? XXHashFactory.fastestJavaInstance().newStreamingHash32(0) : null;
    }

    private void nextBlock() throws IOException {
        int word = readInt();
        if (word == 0) {
            endFrame();
            return;
        }
        boolean plain = (word & PLAIN) != 0;
        int length = word & ~PLAIN;
        if (length > maxBlock) {
            throw new IOException("lz4 block of " + length + " bytes, more than the " + maxBlock + " of its frame");
        }
        need(length);
        int from = in.position();
        in.position(from + length);
        if (blockSums && readInt() != HASH.hash(in.array(), from, length, 0)) {
            throw new IOException("lz4 block with a wrong check sum");
        }
        int size = plain ? length : (int) Math.min(maxBlock, length * MOST_OUT_OF_ONE + SLACK);
        if (block.length < size) {
            block = new byte[size];
        }
        position = 0;
        limit = 0;
        if (plain) {
            System.arraycopy(in.array(), from, block, 0, length);
            limit = length;
        } else {
            try {
                limit = DECOMPRESSOR.decompress(in.array(), from, length, block, 0, size);
            } catch (LZ4Exception e) {
                throw new IOException(String.valueOf(e.getMessage()));
            }
        }
        bytesOut += limit;
        if (bytesOut > maxBytes) {
            throw new TooManyBytesException(maxBytes);
        }
        if (contentLeft >= 0) {
            contentLeft -= limit;
            if (contentLeft < 0) {
                throw new IOException("lz4 frame holds more than it says");
            }
        }
        StreamingXXHash32 sum = contentSum;
        if (sum != null) {
            sum.update(block, 0, limit);
        }
    }

    private void endFrame() throws IOException {
        inFrame = false;
        if (contentLeft > 0) {
            throw new IOException("lz4 frame holds " + contentLeft + " bytes less than it says");
        }
        StreamingXXHash32 sum = contentSum;
        if (sum != null && readInt() != sum.getValue()) {
            throw new IOException("lz4 frame with a wrong check sum");
        }
    }

    private int readInt() throws IOException {
        need(Integer.BYTES);
        return in.getInt();
    }

    private void skip(int bytes) throws IOException {
        need(bytes);
        in.position(in.position() + bytes);
    }

    private void need(int bytes) throws IOException {
        if (bytes < 0 || in.remaining() < bytes) {
            throw new IOException("lz4 frame ends early");
        }
    }
}
