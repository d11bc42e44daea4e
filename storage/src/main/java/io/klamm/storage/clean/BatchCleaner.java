/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.BatchRewriter;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordScanner;
import io.klamm.storage.producer.EndMarker;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Applies {@link RetentionRules} to one batch after the other, in memory. Batches that lose nothing stay byte for byte. */
final class BatchCleaner {
    private final RetentionRules rules;
    private final OffsetMap lastOffsets;
    private final RecordScanner records;
    private final BatchRewriter rewriter;
    private final RecordBatch batch = new RecordBatch();
    private boolean[] kept = new boolean[64];
    private boolean changed;

    /** @param rewriter keeps each batch in the codec it has */
    BatchCleaner(RetentionRules rules, OffsetMap lastOffsets, RecordScanner records, BatchRewriter rewriter) {
        this.rules = rules;
        this.lastOffsets = lastOffsets;
        this.records = records;
        this.rewriter = rewriter;
    }

    /** @see RetentionRules#latestHorizonMs */
    long latestHorizonMs() {
        return rules.latestHorizonMs();
    }

    /** Whether a batch since the last call is not what it was. */
    boolean changedSinceLastCall() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /**
     * @param buffer holds a sound batch at {@code start}
     * @return what takes its place, from position to limit; null when nothing is left of it
     */
    @Nullable
    ByteBuffer clean(ByteBuffer buffer, int start) throws CorruptRecordsException {
        batch.wrap(buffer, start);
        EndMarker marker = EndMarker.possible(batch) ? EndMarker.read(buffer, start) : null;
        if (!rules.enter(batch, marker != null)) {
            return asItIs(buffer, start);
        }
        int stay = rules.dropsAll() ? 0 : rules.keepsAll() ? batch.recordCount() : judge(buffer, start);
        if (stay == 0 && !rules.keepsHeader()) {
            changed = true;
            return null;
        }
        long horizonMs = stay == 0 ? -1 : rules.newDeleteHorizonMs();
        if (stay == batch.recordCount() && horizonMs < 0) {
            return asItIs(buffer, start);
        }
        changed = true;
        return rewrite(buffer, start, stay, horizonMs);
    }

    private ByteBuffer asItIs(ByteBuffer buffer, int start) {
        return buffer.slice(start, batch.sizeInBytes());
    }

    private int judge(ByteBuffer buffer, int start) throws CorruptRecordsException {
        int stay = 0;
        records.open(buffer, start);
        while (records.next()) {
            long last = records.hasKey()
                    ? lastOffsets.get(records.bytes(), records.keyStart(), records.keyLength())
                    : OffsetMap.NONE;
            boolean keeps = rules.keeps(records.offset(), records.hasKey(), records.hasValue(), last);
            int i = records.index();
            if (i == kept.length) {
                kept = java.util.Arrays.copyOf(kept, 2 * i);
            }
            kept[i] = keeps;
            stay += keeps ? 1 : 0;
        }
        return stay;
    }

    private ByteBuffer rewrite(ByteBuffer buffer, int start, int stay, long horizonMs) throws CorruptRecordsException {
        rewriter.start(buffer, start, horizonMs);
        if (stay > 0) {
            boolean all = rules.keepsAll();
            records.open(buffer, start);
            while (records.next()) {
                if (all || kept[records.index()]) {
                    rewriter.add(records);
                }
            }
        }
        return rewriter.finish();
    }
}
