/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.SnappyOutputStream;

/** The codecs of record batches, in the framing that Kafka clients use: LZ4 frames, xerial's snappy blocks, gzip, zstd. */
public enum Compression {
    NONE(0, "uncompressed"),
    GZIP(1, "gzip"),
    SNAPPY(2, "snappy"),
    LZ4(3, "lz4"),
    ZSTD(4, "zstd");

    private static final int BUFFER_BYTES = 8192;
    private static final long UNKNOWN_SIZE = -1;
    private static final Compression[] BY_ID = {NONE, GZIP, SNAPPY, LZ4, ZSTD};

    private final int id;
    private final String configName;

    Compression(int id, String configName) {
        this.id = id;
        this.configName = configName;
    }

    /** Low bits of a batch's attributes. */
    public int id() {
        return id;
    }

    /** Value of the topic setting {@code compression.type}. */
    public String configName() {
        return configName;
    }

    public static @Nullable Compression forId(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    /** For an id that was found known before. */
    static Compression known(int id) {
        return BY_ID[id];
    }

    /** @return null for {@code producer} and for unknown names */
    public static @Nullable Compression forConfigName(String name) {
        for (Compression compression : BY_ID) {
            if (compression.configName.equals(name)) {
                return compression;
            }
        }
        return null;
    }

    /**
     * Its stream holds at most one block at a time, and of what a block or a frame claims to need only what its bytes can truly hold.
     * A zstd frame may claim a window of 128 MiB, which its highest level needs, and no more: the library reserves that much address
     * space, and memory only as bytes come out.
     *
     * @param maxBytes from where on the stream may refuse to go on; the caller counts as well
     * @throws IOException when the input does not begin as this codec demands
     */
    InputStream decompress(byte[] body, long maxBytes) throws IOException {
        InputStream in = new ByteArrayInputStream(body);
        return switch (this) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in, BUFFER_BYTES);
            case SNAPPY -> new SnappyBlocks(body, maxBytes);
            case LZ4 -> new Lz4Frames(body, maxBytes);
            case ZSTD -> new ZstdInputStreamNoFinalizer(in, RecyclingBufferPool.INSTANCE);
        };
    }

    /** @param levels how hard to try */
    OutputStream compress(OutputStream out, CompressionLevels levels) throws IOException {
        return switch (this) {
            case NONE -> out;
            case GZIP -> new LevelledGzip(out, levels.gzip());
            case SNAPPY -> new SnappyOutputStream(out);
            case LZ4 ->
                new LZ4FrameOutputStream(
                        out,
                        LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
                        UNKNOWN_SIZE,
                        lz4(levels.lz4()),
                        XXHashFactory.fastestInstance().hash32(),
                        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(out, RecyclingBufferPool.INSTANCE, levels.zstd());
        };
    }

    private static LZ4Compressor lz4(int level) {
        LZ4Factory factory = LZ4Factory.fastestInstance();
        return level == CompressionLevels.DEFAULT_LZ4 ? factory.fastCompressor() : factory.highCompressor(level);
    }

    /** The JDK's stream takes its level from a subclass only. */
    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(OutputStream out, int level) throws IOException {
            super(out, BUFFER_BYTES);
            def.setLevel(level);
        }
    }
}
