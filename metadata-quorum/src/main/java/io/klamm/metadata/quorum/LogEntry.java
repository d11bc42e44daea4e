/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.FactBatch;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * What our Raft entries carry besides fact batches, and what apply answers to the submitter. An entry is either an encoded
 * {@link FactBatch} or the barrier, which has a magic of its own.
 */
final class LogEntry {
    /** "KLMB" and format version 1. */
    static final ByteString BARRIER = ByteString.copyFrom(new byte[] {'K', 'L', 'M', 'B', 1});

    static final Message APPLIED = Message.valueOf(ByteString.copyFrom(new byte[] {1}));
    /** The batch's term or base offset did not match: nothing happened. */
    static final Message DROPPED = Message.valueOf(ByteString.copyFrom(new byte[] {0}));

    private LogEntry() {}

    /**
     * The rule that every voter follows in apply: a batch counts only in the term in which it was decided, and at the
     * offset for which it was decided.
     */
    static boolean applies(FactBatch batch, long entryTerm, long nextOffset) {
        return batch.term() == entryTerm && batch.baseOffset() == nextOffset;
    }

    static boolean isBarrier(ByteString data) {
        return BARRIER.equals(data);
    }
}
