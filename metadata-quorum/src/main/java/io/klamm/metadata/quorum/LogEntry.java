/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * What our Raft entries carry besides fact batches, and what apply answers to the submitter. An entry is either an encoded
 * {@link io.klamm.metadata.fact.FactBatch} or the barrier, which has a magic of its own.
 */
final class LogEntry {
    /** "KLMB" and format version 1. */
    static final ByteString BARRIER = ByteString.copyFrom(new byte[] {'K', 'L', 'M', 'B', 1});

    static final Message APPLIED = Message.valueOf(ByteString.copyFrom(new byte[] {1}));
    /** The batch's term or base offset did not match: nothing happened. */
    static final Message DROPPED = Message.valueOf(ByteString.copyFrom(new byte[] {0}));

    private LogEntry() {}

    static boolean isBarrier(ByteString data) {
        return BARRIER.equals(data);
    }
}
