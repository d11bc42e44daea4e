/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.fact.MetadataFact;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * An image as a stream of bytes: header (magic, format version, end offset, term), facts, count, CRC32C. The same stream
 * is a Ratis snapshot file and what FetchSnapshot sends to a tailing broker. Each fact is preceded by its size in four
 * bytes; size 0 ends the facts. Numbers are big-endian; the CRC covers all before it.
 */
public final class ImageSnapshot {
    /** "KIMG". */
    private static final int MAGIC = 0x4b494d47;

    private static final byte FORMAT = 1;

    /** No fact comes near this; a longer one is a length that lies. */
    private static final int MAX_FACT_BYTES = 8 * 1024 * 1024;

    private ImageSnapshot() {}

    /** Writes {@code image}; the caller buffers, syncs and closes. */
    public static void write(MetadataImage image, OutputStream out) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
        DataOutputStream data = new DataOutputStream(checked);
        data.writeInt(MAGIC);
        data.writeByte(FORMAT);
        data.writeLong(image.endOffset());
        data.writeInt(image.term());
        long count = 0;
        for (MetadataFact fact : image.facts()) {
            ByteBuffer bytes = FactCodec.encodeFact(fact);
            data.writeInt(bytes.remaining());
            data.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            count++;
        }
        data.writeInt(0);
        data.writeLong(count);
        data.writeInt((int) checked.getChecksum().getValue());
        data.flush();
    }

    /**
     * Reads an image to the end of its stream. The caller buffers and closes.
     *
     * @throws FactFormatException if it is damaged or newer than this program
     */
    public static MetadataImage read(InputStream in) throws IOException {
        CheckedInputStream checked = new CheckedInputStream(in, new CRC32C());
        DataInputStream data = new DataInputStream(checked);
        try {
            return read(data, checked);
        } catch (EOFException e) {
            throw new FactFormatException("damaged: the metadata snapshot ends too early", e);
        } catch (IllegalStateException e) {
            throw new FactFormatException("damaged: metadata snapshot: " + e.getMessage(), e);
        }
    }

    private static MetadataImage read(DataInputStream data, CheckedInputStream checked) throws IOException {
        int magic = data.readInt();
        if (magic != MAGIC) {
            throw new FactFormatException("damaged: a metadata snapshot starts with " + Integer.toHexString(MAGIC)
                    + ", this with " + Integer.toHexString(magic));
        }
        byte format = data.readByte();
        if (format != FORMAT) {
            throw new FactFormatException("metadata snapshot format " + Byte.toUnsignedInt(format)
                    + " is not known to this program (it knows " + FORMAT
                    + "): a newer one wrote it. Start a version of Klamm at least as new as the newest that ran in this"
                    + " cluster");
        }
        long endOffset = data.readLong();
        int term = data.readInt();
        FactApplier applier = new FactApplier(MetadataImage.EMPTY, term);
        long count = 0;
        for (int size = data.readInt(); size != 0; size = data.readInt()) {
            if (size < 0 || size > MAX_FACT_BYTES) {
                throw new FactFormatException("damaged: a fact of " + size + " bytes in the metadata snapshot");
            }
            byte[] bytes = data.readNBytes(size);
            if (bytes.length < size) {
                throw new EOFException();
            }
            applier.apply(FactCodec.decodeFact(ByteBuffer.wrap(bytes)));
            count++;
        }
        long expectedCount = data.readLong();
        int actualCrc = (int) checked.getChecksum().getValue();
        int expectedCrc = data.readInt();
        if (expectedCount != count || expectedCrc != actualCrc) {
            throw new FactFormatException("damaged: the metadata snapshot has " + count + " facts with checksum "
                    + Integer.toHexString(actualCrc) + ", it should have " + expectedCount + " with "
                    + Integer.toHexString(expectedCrc));
        }
        if (data.read() != -1) {
            throw new FactFormatException("damaged: surplus bytes behind the metadata snapshot");
        }
        return applier.image(endOffset, term);
    }
}
