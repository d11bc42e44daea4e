/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Where the histories of two replicas part must not depend on what was compacted before one of them copied it (KIP-101). */
@NullUnmarked // what is missing fails the test
class CompactionEpochsTest extends CompactionFixture {
    private static final int EPOCHS = 5;

    private static void append(SegmentedLog log, int epoch, String key) throws Exception {
        SimpleRecord record = new SimpleRecord(
                epoch, key.getBytes(StandardCharsets.UTF_8), "x".repeat(100).getBytes(StandardCharsets.UTF_8));
        log.append(Batches.direct(MemoryRecords.withRecords(Compression.NONE, record)), epoch);
    }

    /** The last epoch supersedes all that the others have written. */
    private SegmentedLog cleaned() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            log.startEpoch(epoch);
            for (int i = 0; i < 20; i++) {
                append(log, epoch, "key" + i % 4);
            }
        }
        Segment active = log.segments().active();
        while (log.segments().active() == active) {
            append(log, EPOCHS, "filler");
        }
        log.checkpoint();
        log.updateHighWatermark(log.logEndOffset());
        assertThat(clean()).isTrue();
        return log;
    }

    private static void copy(SegmentedLog from, SegmentedLog to) throws Exception {
        while (to.logEndOffset() < from.logEndOffset()) {
            RecordsRange range = from.read(to.logEndOffset(), 2000, Long.MAX_VALUE, true);
            to.appendReplicated(Batches.direct(LogFixture.records(range)), EpochGate.GROWING);
        }
    }

    @Test
    void aCopyOfACleanedLogKnowsWhereEachEpochEnds() throws Exception {
        SegmentedLog log = cleaned();
        SegmentedLog copy = fixture.log("copy", new Uuid(5, 6), 0);

        copy(log, copy);

        assertThat(copy.sizeInBytes()).isLessThan(20 * 200);
        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            assertThat(copy.epochEnd(epoch)).as("epoch %s", epoch).isEqualTo(log.epochEnd(epoch));
        }
    }

    @Test
    void aSecondCleaningLeavesThemToo() throws Exception {
        SegmentedLog log = cleaned();
        Segment active = log.segments().active();
        while (log.segments().active() == active) {
            append(log, EPOCHS, "filler");
        }
        log.checkpoint();
        log.updateHighWatermark(log.logEndOffset());
        assertThat(clean()).isTrue();
        SegmentedLog copy = fixture.log("copy", new Uuid(5, 6), 0);

        copy(log, copy);

        for (int epoch = 1; epoch <= EPOCHS; epoch++) {
            assertThat(copy.epochEnd(epoch)).as("epoch %s", epoch).isEqualTo(log.epochEnd(epoch));
        }
    }
}
