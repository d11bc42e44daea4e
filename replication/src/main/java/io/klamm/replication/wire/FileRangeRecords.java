/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.klamm.storage.log.RecordsRange;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * The records of a response as a range of a segment file, which goes to the socket by sendfile. It takes over the range's reference:
 * whoever holds the response either has it written or calls {@link ResponseFrame#discard}; the range is released exactly once.
 */
public final class FileRangeRecords implements BaseRecords {
    private final RecordsRange range;
    private final AtomicBoolean released = new AtomicBoolean();

    public FileRangeRecords(RecordsRange range) {
        this.range = range;
    }

    RecordsRange range() {
        return range;
    }

    @Override
    public int sizeInBytes() {
        return range.length();
    }

    /** Gives the range back. Idempotent, any thread. */
    public void release() {
        if (released.compareAndSet(false, true)) {
            range.release();
        }
    }

    @Override
    public RecordsSend<? extends BaseRecords> toSend() {
        throw new UnsupportedOperationException("written by Netty, not by Kafka's network classes");
    }
}
