/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.nio.ByteBuffer;

/**
 * The binary form of facts and fact batches, in the metadata log, in snapshots and on the wire to tailing brokers.
 * Numbers are big-endian; variable lengths are unsigned varints. A batch: magic, format version, term, base offset, wall
 * time, actor, cause, count, facts, CRC32C over all before it. A fact: type (unsigned varint), version, length, fields.
 */
public final class FactCodec {
    private FactCodec() {}

    /** Encodes a batch. The result is a heap buffer, position 0, limit at its end. */
    public static ByteBuffer encode(FactBatch batch) {
        throw new UnsupportedOperationException();
    }

    /**
     * Decodes a batch that fills {@code buffer} from position to limit.
     *
     * @throws FactFormatException if it is damaged, or holds a format, type or version that this program does not know
     */
    public static FactBatch decode(ByteBuffer buffer) {
        throw new UnsupportedOperationException();
    }

    /** Encodes one fact: type, version, length, fields. */
    public static ByteBuffer encodeFact(MetadataFact fact) {
        throw new UnsupportedOperationException();
    }

    /**
     * Decodes one fact from position to limit.
     *
     * @throws FactFormatException as {@link #decode}
     */
    public static MetadataFact decodeFact(ByteBuffer buffer) {
        throw new UnsupportedOperationException();
    }
}
