/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.BatchStructure;
import io.klamm.storage.batch.Compression;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.Recompression;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordStructure;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a client's batches must fulfil: headers, CRC, and that every reader gets past their records. Nothing is decompressed here but
 * where the topic's own codec demands it; so of compressed records only the header's times are known. Needs no lock.
 */
final class AppendValidator {
    private AppendValidator() {}

    /**
     * @param batches position to limit; changed only where a header says another latest time than that of its records
     * @param segmentBytes all batches of one append lie in one segment
     * @param nowMs wall clock
     */
    static void validate(ByteBuffer batches, LogConfig.Validation rules, int segmentBytes, long nowMs)
            throws RejectedBatchException {
        if (!batches.hasRemaining()) {
            throw new RejectedBatchException(Errors.INVALID_RECORD, "no record batch");
        }
        RecordBatch batch = new RecordBatch();
        RecordStructure records = new RecordStructure();
        int position = batches.position();
        int limit = batches.limit();
        int count = 0;
        boolean idempotent = false;
        while (position < limit) {
            batch.wrap(batches, position);
            checkBatch(batch, batches, position, rules, nowMs);
            String broken = records.problem(batch, batches, position);
            if (broken != null) {
                throw invalid(broken);
            }
            checkRecordTimes(batch, records, rules, nowMs);
            idempotent |= batch.hasProducerId();
            count++;
            position += batch.sizeInBytes();
        }
        if (idempotent && count > 1) {
            throw new RejectedBatchException(
                    Errors.INVALID_RECORD,
                    "a batch with a producer id must be the only one of its append, not one of " + count);
        }
        checkTotal(batches, segmentBytes);
    }

    private static void checkTotal(ByteBuffer batches, int segmentBytes) throws RejectedBatchException {
        if (batches.remaining() > segmentBytes) {
            throw new RejectedBatchException(
                    Errors.RECORD_LIST_TOO_LARGE,
                    "append of " + batches.remaining() + " bytes exceeds segment.bytes " + segmentBytes);
        }
    }

    /**
     * Whether a codec has to run for an append: to look for keys, or for the topic's own codec.
     *
     * @param batches position to limit, not validated: where they make no sense the answer is no
     */
    static boolean needsCodec(ByteBuffer batches, LogConfig config) {
        Compression target = Compression.forConfigName(config.validation().compressionType());
        boolean keys = config.retention().compact();
        if (target == null && !keys) {
            return false;
        }
        RecordBatch batch = new RecordBatch();
        int limit = batches.limit();
        for (int at = batches.position(); limit - at >= RecordBatch.HEADER_BYTES; at += batch.sizeInBytes()) {
            int codec = batch.wrap(batches, at).compressionId();
            if ((target != null && codec != target.id()) || (keys && codec != Compression.NONE.id())) {
                return true;
            }
            if (batch.sizeInBytes() < RecordBatch.HEADER_BYTES || batch.sizeInBytes() > limit - at) {
                return false;
            }
        }
        return false;
    }

    /**
     * Brings validated batches to the topic's codec.
     *
     * @return the same buffer when the producer's codec is to be kept, or is the right one already
     */
    static ByteBuffer recompress(ByteBuffer batches, LogConfig.Validation rules, int segmentBytes)
            throws RejectedBatchException {
        Compression target = Compression.forConfigName(rules.compressionType());
        if (target == null) {
            return batches; // producer
        }
        Recompression recompression =
                new Recompression(target, rules.levels(), rules.maxDecompressedBytes(), rules.maxMessageBytes());
        if (!recompression.isNeeded(batches)) {
            return batches;
        }
        ByteBuffer recompressed;
        try {
            recompressed = recompression.apply(batches);
        } catch (CorruptRecordsException e) {
            throw undecodable(e);
        }
        RecordBatch batch = new RecordBatch();
        for (int at = 0; at < recompressed.limit(); at += batch.sizeInBytes()) {
            checkSize(batch.wrap(recompressed, at), rules);
        }
        checkTotal(recompressed, segmentBytes);
        return recompressed;
    }

    private static void checkSize(RecordBatch batch, LogConfig.Validation rules) throws RejectedBatchException {
        if (batch.sizeInBytes() > rules.maxMessageBytes()) {
            throw new RejectedBatchException(
                    Errors.MESSAGE_TOO_LARGE,
                    "batch of " + batch.sizeInBytes() + " bytes exceeds max.message.bytes " + rules.maxMessageBytes());
        }
    }

    private static void checkBatch(
            RecordBatch batch, ByteBuffer bytes, int position, LogConfig.Validation rules, long nowMs)
            throws RejectedBatchException {
        int available = bytes.limit() - position;
        // Message formats 0 and 1 have their magic at the same place, in a shorter header.
        if (available > RecordBatch.LENGTH_OVERHEAD + 4 && batch.magic() >= 0 && batch.magic() < RecordBatch.MAGIC_V2) {
            throw new RejectedBatchException(
                    Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT, "message format " + batch.magic() + " is not supported");
        }
        String problem = BatchStructure.problem(batch, available);
        if (problem != null) {
            throw new RejectedBatchException(Errors.CORRUPT_MESSAGE, problem);
        }
        checkSize(batch, rules);
        if (!batch.crcIsValid()) {
            throw new RejectedBatchException(Errors.CORRUPT_MESSAGE, "CRC mismatch");
        }
        checkHeader(batch);
        checkTimestamps(batch, rules, nowMs);
    }

    private static void checkHeader(RecordBatch batch) throws RejectedBatchException {
        if (batch.baseOffset() != 0) {
            throw invalid("base offset " + batch.baseOffset() + " instead of 0");
        }
        if (batch.recordCount() <= 0 || batch.recordCount() - 1 != batch.lastOffsetDelta()) {
            throw invalid("record count " + batch.recordCount() + " does not fit last offset delta "
                    + batch.lastOffsetDelta());
        }
        if (batch.isControl()) {
            throw invalid("clients must not write control batches");
        }
        if (batch.hasDeleteHorizon()) {
            throw invalid("clients must not write a delete horizon");
        }
        if (Compression.forId(batch.compressionId()) == null) {
            throw invalid("unknown compression codec " + batch.compressionId());
        }
        if (batch.producerId() < RecordBatch.NO_PRODUCER_ID) {
            throw invalid("producer id " + batch.producerId());
        }
        if (batch.hasProducerId() && (batch.producerEpoch() < 0 || batch.baseSequence() < 0)) {
            throw invalid("producer id " + batch.producerId() + " with epoch " + batch.producerEpoch()
                    + " and sequence " + batch.baseSequence());
        }
        if (!batch.hasProducerId() && batch.isTransactional()) {
            throw invalid("transactional batch without a producer id");
        }
    }

    private static void checkTimestamps(RecordBatch batch, LogConfig.Validation rules, long nowMs)
            throws RejectedBatchException {
        if (batch.isLogAppendTime()) {
            throw new RejectedBatchException(
                    Errors.INVALID_TIMESTAMP, "clients must not set the timestamp type LogAppendTime");
        }
        if (rules.logAppendTime()) {
            return; // overwritten by the broker's time
        }
        checkTimestamp(batch.maxTimestamp(), rules, nowMs);
        checkTimestamp(batch.baseTimestamp(), rules, nowMs);
    }

    /** A header that is wrong about its records would mislead retention, and whoever looks for a time. */
    private static void checkRecordTimes(
            RecordBatch batch, RecordStructure records, LogConfig.Validation rules, long nowMs)
            throws RejectedBatchException {
        if (rules.logAppendTime() || batch.compressionId() != Compression.NONE.id()) {
            return;
        }
        checkTimestamp(records.earliestTimestamp(), rules, nowMs);
        checkTimestamp(records.latestTimestamp(), rules, nowMs);
        if (records.latestTimestamp() != batch.maxTimestamp()) {
            batch.correctMaxTimestamp(records.latestTimestamp());
        }
    }

    private static void checkTimestamp(long timestampMs, LogConfig.Validation rules, long nowMs)
            throws RejectedBatchException {
        if (timestampMs == RecordBatch.NO_TIMESTAMP) {
            return;
        }
        // Differences, since the bounds may be Long.MAX_VALUE; a timestamp is not negative here unless it lies.
        if (timestampMs < 0
                || nowMs - timestampMs > rules.timestampBeforeMaxMs()
                || timestampMs - nowMs > rules.timestampAfterMaxMs()) {
            throw new RejectedBatchException(
                    Errors.INVALID_TIMESTAMP,
                    "timestamp " + timestampMs + " is too far from the broker's time " + nowMs);
        }
    }

    /** A client that hears MESSAGE_TOO_LARGE splits what it had compressed. */
    static RejectedBatchException undecodable(CorruptRecordsException e) {
        return new RejectedBatchException(
                e.isTooLarge() ? Errors.MESSAGE_TOO_LARGE : Errors.INVALID_RECORD, String.valueOf(e.getMessage()));
    }

    private static RejectedBatchException invalid(String reason) {
        return new RejectedBatchException(Errors.INVALID_RECORD, reason);
    }
}
