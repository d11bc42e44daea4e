/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * {@link ProducerStates} as bytes: magic (4), version (2), CRC32C of what follows (4), number of producers (4), then each: id (8),
 * epoch (2), whether its sequences are known from 0 on (1), coordinator epoch (4), last write in ms (8), last offset (8), transaction start (8), number of batches (1), and each
 * batch: first and last sequence (4 + 4), first and last offset (8 + 8), timestamp (8).
 */
public final class ProducerSnapshot {
    private static final int MAGIC = 0x4b4c5053; // KLPS
    private static final short VERSION = 2;
    private static final int HEADER_BYTES = 10;
    /** Whether something was forgotten, number of producers. */
    private static final int CONTENT_BYTES = 5;

    private static final int PRODUCER_BYTES = 40;
    private static final int BATCH_BYTES = 32;

    private ProducerSnapshot() {}

    public static ByteBuffer encode(ProducerStates states) {
        int size = HEADER_BYTES + CONTENT_BYTES;
        for (ProducerState state : states.all()) {
            size += PRODUCER_BYTES + state.batchCount() * BATCH_BYTES;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putInt(MAGIC).putShort(VERSION).putInt(0);
        out.put((byte) (states.hasForgotten() ? 1 : 0)).putInt(states.size());
        for (ProducerState state : states.all()) {
            out.putLong(state.producerId()).putShort(state.epoch());
            out.put((byte) (state.fromFirst() ? 1 : 0)).putInt(state.coordinatorEpoch());
            out.putLong(state.lastWriteMs()).putLong(state.lastOffset()).putLong(state.transactionStart());
            out.put((byte) state.batchCount());
            for (int i = 0; i < state.batchCount(); i++) {
                SequencedBatch batch = state.batch(i);
                out.putInt(batch.firstSequence()).putInt(batch.lastSequence());
                out.putLong(batch.firstOffset()).putLong(batch.lastOffset()).putLong(batch.timestampMs());
            }
        }
        out.flip();
        return out.putInt(6, crc(out));
    }

    /**
     * Fills empty states.
     *
     * @return false when the bytes are not a sound snapshot; the states are empty then
     */
    public static boolean decode(ByteBuffer in, ProducerStates into) {
        if (headerProblem(in) != null) {
            return false;
        }
        in.position(HEADER_BYTES);
        boolean forgotten = in.get() != 0;
        int producers = in.getInt();
        for (int i = 0; i < producers; i++) {
            if (!decodeOne(in, into)) {
                into.clear();
                return false;
            }
        }
        if (forgotten) {
            into.forgot();
        }
        return true;
    }

    /** @return what is wrong with magic, version or check sum; null when nothing is */
    private static @Nullable String headerProblem(ByteBuffer in) {
        if (in.remaining() < HEADER_BYTES + CONTENT_BYTES) {
            return "only " + in.remaining() + " bytes, less than a header";
        }
        if (in.getInt(0) != MAGIC) {
            return "not a producer snapshot";
        }
        if (in.getShort(4) != VERSION) {
            return "format version " + in.getShort(4) + " instead of " + VERSION;
        }
        return in.getInt(6) == crc(in)
                ? null
                : "check sum " + Integer.toHexString(in.getInt(6)) + " where " + Integer.toHexString(crc(in)) + " fits";
    }

    /**
     * A snapshot as it was found.
     *
     * @param forgotten whether a producer had expired or made room for another by then
     * @param producers those that could be decoded
     * @param problem what is wrong, null when it is sound
     */
    public record Content(
            boolean forgotten,
            List<ProducerView> producers,
            @Nullable String problem) {}

    /** Decodes what can be decoded, position 0 to limit. */
    public static Content inspect(ByteBuffer in) {
        String problem = headerProblem(in);
        if (in.remaining() < HEADER_BYTES + CONTENT_BYTES || in.getInt(0) != MAGIC || in.getShort(4) != VERSION) {
            return new Content(false, List.of(), problem);
        }
        in.position(HEADER_BYTES);
        boolean forgotten = in.get() != 0;
        int count = in.getInt();
        ProducerStates states = new ProducerStates(Integer.MAX_VALUE, Long.MAX_VALUE);
        for (int i = 0; i < count && problem == null; i++) {
            if (!decodeOne(in, states)) {
                problem = "producer " + i + " of " + count + " is cut short";
            }
        }
        if (problem == null && in.hasRemaining()) {
            problem = in.remaining() + " bytes behind the last producer";
        }
        return new Content(forgotten, states.views(), problem);
    }

    private static boolean decodeOne(ByteBuffer in, ProducerStates into) {
        if (in.remaining() < PRODUCER_BYTES) {
            return false;
        }
        ProducerState state = new ProducerState(in.getLong(), in.getShort());
        boolean fromFirst = in.get() != 0;
        state.setCoordinatorEpoch(in.getInt());
        long lastWriteMs = in.getLong();
        state.wrote(in.getLong(), lastWriteMs);
        state.setTransactionStart(in.getLong());
        int batches = in.get();
        if (batches < 0 || batches > ProducerState.REMEMBERED || in.remaining() < batches * BATCH_BYTES) {
            return false;
        }
        for (int i = 0; i < batches; i++) {
            state.add(new SequencedBatch(in.getInt(), in.getInt(), in.getLong(), in.getLong(), in.getLong()));
        }
        state.setFromFirst(fromFirst);
        into.restore(state);
        return true;
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(HEADER_BYTES, bytes.limit() - HEADER_BYTES));
        return (int) crc.getValue();
    }
}
