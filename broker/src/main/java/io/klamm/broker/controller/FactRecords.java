/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.fact.MetadataFact;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Fact batches as records of {@code __cluster_metadata}: one record batch (format v2) for each fact batch, one record for each
 * fact. Offsets are fact offsets, the partition leader epoch is the term, the timestamp is the batch's time; the first record
 * carries actor and cause as headers, so that a console consumer shows them too.
 */
public final class FactRecords {
    private static final String ACTOR = "actor";
    private static final String CAUSE = "cause";
    private static final Header[] NO_HEADERS = new Header[0];

    private FactRecords() {}

    /** @param batches consecutive batches */
    public static MemoryRecords toRecords(List<FactBatch> batches) {
        if (batches.size() == 1) {
            return toRecords(batches.get(0));
        }
        List<ByteBuffer> parts = new ArrayList<>(batches.size());
        int size = 0;
        for (FactBatch batch : batches) {
            ByteBuffer part = toRecords(batch).buffer();
            parts.add(part);
            size += part.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        parts.forEach(part -> all.put(part.duplicate()));
        return MemoryRecords.readableRecords(all.flip());
    }

    private static MemoryRecords toRecords(FactBatch batch) {
        try (MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(512),
                RecordBatch.CURRENT_MAGIC_VALUE,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                batch.baseOffset(),
                RecordBatch.NO_TIMESTAMP,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                batch.term())) {
            Header[] headers = {header(ACTOR, batch.actor()), header(CAUSE, batch.cause())};
            long offset = batch.baseOffset();
            for (MetadataFact fact : batch.facts()) {
                ByteBuffer encoded = FactCodec.encodeFact(fact);
                byte[] value = new byte[encoded.remaining()];
                encoded.get(value);
                builder.appendWithOffset(offset++, new SimpleRecord(batch.timeMs(), null, value, headers));
                headers = NO_HEADERS;
            }
            return builder.build();
        }
    }

    /**
     * The fact batches in {@code records}; a batch that is cut off at the end is left out.
     *
     * @throws CorruptRecordException when a CRC or the order of offsets is not right
     * @throws FactFormatException when a fact is not one that this program knows
     */
    public static List<FactBatch> fromRecords(MemoryRecords records) {
        List<FactBatch> batches = new ArrayList<>();
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            batches.add(fromBatch(batch));
        }
        return batches;
    }

    private static FactBatch fromBatch(MutableRecordBatch batch) {
        List<MetadataFact> facts = new ArrayList<>();
        String actor = "";
        String cause = "";
        long offset = batch.baseOffset();
        for (Record record : batch) {
            ByteBuffer value = record.value();
            if (record.offset() != offset || value == null) {
                throw new CorruptRecordException(
                        "record " + record.offset() + " of __cluster_metadata where fact " + offset + " should be");
            }
            if (facts.isEmpty()) {
                actor = text(record, ACTOR);
                cause = text(record, CAUSE);
            }
            facts.add(FactCodec.decodeFact(value));
            offset++;
        }
        if (facts.isEmpty()) {
            throw new CorruptRecordException("empty record batch of __cluster_metadata at " + batch.baseOffset());
        }
        return new FactBatch(
                batch.partitionLeaderEpoch(), batch.baseOffset(), batch.maxTimestamp(), actor, cause, facts);
    }

    private static Header header(String key, String value) {
        return new RecordHeader(key, value.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Record record, String key) {
        for (Header header : record.headers()) {
            if (header.key().equals(key) && header.value() != null) {
                return new String(header.value(), StandardCharsets.UTF_8);
            }
        }
        return "";
    }
}
