/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

/**
 * How hard a codec tries where the node compresses (KIP-390): topics with a codec of their own, and compaction.
 *
 * @param gzip 1 to 9, -1 for the library's default (compression.gzip.level)
 * @param lz4 1 to 17 (compression.lz4.level); as with Kafka's clients the default, 9, means the fast compressor, and every other value
 *     the one that searches longer the higher it is
 * @param zstd -131072 to 22 (compression.zstd.level)
 */
public record CompressionLevels(int gzip, int lz4, int zstd) {
    static final int DEFAULT_GZIP = -1;
    static final int DEFAULT_LZ4 = 9;
    private static final int DEFAULT_ZSTD = 3;

    public static final CompressionLevels DEFAULT = new CompressionLevels(DEFAULT_GZIP, DEFAULT_LZ4, DEFAULT_ZSTD);

    /** @throws IllegalArgumentException when a library does not know the level */
    public CompressionLevels {
        check("gzip", gzip, 1, 9, gzip == DEFAULT_GZIP);
        check("lz4", lz4, 1, 17, false);
        check("zstd", zstd, -131_072, 22, false);
    }

    private static void check(String codec, int level, int least, int most, boolean allowed) {
        if (!allowed && (level < least || level > most)) {
            throw new IllegalArgumentException(
                    "level " + level + " of " + codec + " is not between " + least + " and " + most);
        }
    }
}
