/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The binary form of facts and fact batches, in the metadata log, in snapshots and on the wire to tailing brokers.
 * Numbers are big-endian; variable lengths are unsigned varints. A batch: magic, format version, term, base offset, wall
 * time, actor, cause, count, facts, CRC32C over all before it. A fact: type (unsigned varint), version, length, fields.
 *
 * <p>Decoding leaves the position of the buffer that it is given alone.
 */
public final class FactCodec {
    /** "KFCT". */
    private static final int MAGIC = 0x4b464354;

    private static final byte FORMAT = 1;

    private static final int CRC_BYTES = 4;

    private FactCodec() {}

    /** Encodes a batch. The result is a heap buffer, position 0, limit at its end. */
    public static ByteBuffer encode(FactBatch batch) {
        FactWriter out = new FactWriter();
        out.writeInt(MAGIC);
        out.writeByte(FORMAT);
        out.writeInt(batch.term());
        out.writeLong(batch.baseOffset());
        out.writeLong(batch.timeMs());
        out.writeString(batch.actor());
        out.writeString(batch.cause());
        out.writeVarint(batch.facts().size());
        for (MetadataFact fact : batch.facts()) {
            writeFact(out, fact);
        }
        out.writeInt(crc(out.toBuffer()));
        return out.toBuffer();
    }

    /**
     * Decodes a batch that fills {@code buffer} from position to limit.
     *
     * @throws FactFormatException if it is damaged, or holds a format, type or version that this program does not know
     */
    public static FactBatch decode(ByteBuffer buffer) {
        FactReader in = new FactReader(buffer);
        int magic = in.readInt();
        if (magic != MAGIC) {
            throw new FactFormatException("damaged: a fact batch starts with " + Integer.toHexString(MAGIC)
                    + ", this with " + Integer.toHexString(magic));
        }
        byte format = in.readByte();
        if (format != FORMAT) {
            throw new FactFormatException("fact batch format " + Byte.toUnsignedInt(format)
                    + " is not known to this program (it knows " + FORMAT
                    + "): a newer one wrote it. Start a version of Klamm at least as new as the newest that ran in this"
                    + " cluster");
        }
        if (in.remaining() < CRC_BYTES) {
            throw new FactFormatException("damaged: a fact batch of " + buffer.remaining() + " bytes");
        }
        int end = buffer.limit() - CRC_BYTES;
        int expected = new FactReader(slice(buffer, end, buffer.limit())).readInt();
        int actual = crc(slice(buffer, buffer.position(), end));
        if (expected != actual) {
            throw new FactFormatException("damaged: the checksum of a fact batch is " + Integer.toHexString(actual)
                    + ", it should be " + Integer.toHexString(expected));
        }
        return readBody(new FactReader(slice(buffer, buffer.position() + in.position(), end)));
    }

    /** Encodes one fact: type, version, length, fields. */
    public static ByteBuffer encodeFact(MetadataFact fact) {
        FactWriter out = new FactWriter();
        writeFact(out, fact);
        return out.toBuffer();
    }

    /**
     * Decodes one fact from position to limit.
     *
     * @throws FactFormatException as {@link #decode}
     */
    public static MetadataFact decodeFact(ByteBuffer buffer) {
        FactReader in = new FactReader(buffer);
        MetadataFact fact = readFact(in);
        in.expectEnd("a fact");
        return fact;
    }

    private static FactBatch readBody(FactReader in) {
        int term = in.readInt();
        long baseOffset = in.readLong();
        long timeMs = in.readLong();
        String actor = in.readString();
        String cause = in.readString();
        // A fact takes at least three bytes, so the bytes left bound the count.
        int count = in.readLength();
        if (count == 0) {
            throw new FactFormatException("damaged: a batch without facts at offset " + baseOffset);
        }
        List<MetadataFact> facts = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            try {
                facts.add(readFact(in));
            } catch (FactFormatException e) {
                throw new FactFormatException("metadata offset " + (baseOffset + i) + ": " + e.getMessage(), e);
            }
        }
        in.expectEnd("the last fact");
        return new FactBatch(term, baseOffset, timeMs, actor, cause, facts);
    }

    private static void writeFact(FactWriter out, MetadataFact fact) {
        FactType<?> type = FactType.of(fact);
        FactWriter fields = new FactWriter();
        type.writeFields(fields, fact);
        out.writeVarint(type.id());
        out.writeByte(type.version());
        out.writeBytes(fields.toBuffer());
    }

    private static MetadataFact readFact(FactReader in) {
        FactType<?> type = FactType.byId(in.readVarint());
        byte version = in.readByte();
        return type.readFields(version, new FactReader(in.readSlice(in.readLength())));
    }

    private static ByteBuffer slice(ByteBuffer buffer, int from, int to) {
        return buffer.slice(from, to - from);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
