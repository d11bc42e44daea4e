/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * An image as a stream of bytes: header (magic, format version, end offset, term), facts, count, CRC32C. The same stream
 * is a Ratis snapshot file and what FetchSnapshot sends to a tailing broker.
 */
public final class ImageSnapshot {
    private ImageSnapshot() {}

    /** Writes {@code image}; the caller buffers, syncs and closes. */
    public static void write(MetadataImage image, OutputStream out) throws IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads an image to the end of its stream.
     *
     * @throws io.klamm.metadata.fact.FactFormatException if it is damaged or newer than this program
     */
    public static MetadataImage read(InputStream in) throws IOException {
        throw new UnsupportedOperationException();
    }
}
