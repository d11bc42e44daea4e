/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import org.jspecify.annotations.Nullable;

/** What a batch's header must fulfil before any other field of it is believed. Cheap: the header only. */
public final class BatchStructure {
    private BatchStructure() {}

    /**
     * @param available bytes from the batch's first byte to the end of what there is
     * @return null when the batch is framed soundly and lies within {@code available}, otherwise what is wrong
     */
    public static @Nullable String problem(RecordBatch batch, long available) {
        if (available < RecordBatch.HEADER_BYTES) {
            return "only " + available + " bytes, less than a batch header";
        }
        int size = batch.sizeInBytes();
        if (size < RecordBatch.HEADER_BYTES) {
            return "impossible length " + (size - RecordBatch.LENGTH_OVERHEAD);
        }
        if (size > available) {
            return "length " + (size - RecordBatch.LENGTH_OVERHEAD) + " reaches beyond the " + available
                    + " bytes there are";
        }
        if (batch.magic() != RecordBatch.MAGIC_V2) {
            return "magic " + batch.magic() + " instead of 2";
        }
        if (batch.baseOffset() < 0) {
            return "negative base offset " + batch.baseOffset();
        }
        if (batch.lastOffsetDelta() < 0) {
            return "negative last offset delta " + batch.lastOffsetDelta();
        }
        if (batch.recordCount() < 0) {
            return "negative record count " + batch.recordCount();
        }
        if (batch.baseOffset() > Long.MAX_VALUE - batch.lastOffsetDelta() - 1) {
            return "offset overflow at " + batch.baseOffset();
        }
        return null;
    }
}
