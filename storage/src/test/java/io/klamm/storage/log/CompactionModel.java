/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.io.LogFiles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** What a compacted log must hold, may hold, and must not hold. */
@NullUnmarked // what is missing fails the test
final class CompactionModel {
    /** Where the log is. */
    LogFiles files = LogFiles.SYSTEM;

    private final TreeMap<Long, Rec> records = new TreeMap<>();
    private final Map<Long, Txn> open = new HashMap<>();

    static final class Txn {
        boolean ended;
        boolean aborted;
    }

    static final class Rec {
        final String key;
        final @Nullable String value;
        final long timestampMs;
        final @Nullable Txn txn;
        /** Time of the first cleaning that went through it, -1 before. */
        long cleanedMs = -1;

        Rec(String key, @Nullable String value, long timestampMs, @Nullable Txn txn) {
            this.key = key;
            this.value = value;
            this.timestampMs = timestampMs;
            this.txn = txn;
        }

        boolean counts() {
            return txn == null || (txn.ended && !txn.aborted);
        }
    }

    void appended(long offset, String key, @Nullable String value, long timestampMs, long transactionalProducer) {
        Txn txn = transactionalProducer < 0 ? null : open.computeIfAbsent(transactionalProducer, id -> new Txn());
        records.put(offset, new Rec(key, value, timestampMs, txn));
    }

    void ended(long producerId, boolean commit) {
        Txn txn = open.remove(producerId);
        if (txn != null) {
            txn.ended = true;
            txn.aborted = !commit;
        }
    }

    /** First offset of the earliest open transaction. */
    long firstOpen() {
        return records.entrySet().stream()
                .filter(entry -> entry.getValue().txn != null && !entry.getValue().txn.ended)
                .mapToLong(Map.Entry::getKey)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    boolean hasOpen(long producerId) {
        return open.containsKey(producerId);
    }

    void cutAt(long offset) {
        records.tailMap(offset, true).clear();
    }

    /** A cleaning that began at this time has gone through everything below the offset, or has perhaps done so. */
    void cleaned(long endOffset, long nowMs) {
        for (Rec record : records.headMap(endOffset, false).values()) {
            if (record.cleanedMs < 0) {
                record.cleanedMs = nowMs;
            }
        }
    }

    /** @param cleanedEnd what a whole cleaning has gone through last */
    void check(String what, PartitionLog log, long maxBound, long cleanedEnd, long nowMs, long deleteRetentionMs)
            throws Exception {
        Set<Long> found = readAll(what, log);
        Map<String, Long> last = new HashMap<>();
        records.forEach((offset, record) -> {
            if (record.counts()) {
                last.put(record.key, offset);
            }
        });
        Set<String> keysBelow = new HashSet<>();
        for (Map.Entry<Long, Rec> entry : records.entrySet()) {
            long offset = entry.getKey();
            Rec record = entry.getValue();
            String which = what + ": offset " + offset + " key " + record.key;
            if (found.contains(offset)) {
                if (offset < cleanedEnd) {
                    assertThat(record.counts()).as(which + " was aborted").isTrue();
                    assertThat(keysBelow.add(record.key))
                            .as(which + " is there once")
                            .isTrue();
                }
                continue;
            }
            assertThat(offset)
                    .as(which + " lies above every bound and is missing")
                    .isLessThan(maxBound);
            boolean superseded = record.counts() && last.get(record.key) > offset;
            boolean aborted = record.txn != null && record.txn.ended && record.txn.aborted;
            boolean expired =
                    record.value == null && record.cleanedMs >= 0 && nowMs >= record.cleanedMs + deleteRetentionMs;
            assertThat(superseded || aborted || expired)
                    .as(which + " is missing")
                    .isTrue();
            if (expired && record.counts() && !superseded) {
                assertThat(records.headMap(offset, false).entrySet().stream()
                                .filter(e -> found.contains(e.getKey())
                                        && e.getValue().counts()
                                        && e.getValue().key.equals(record.key)))
                        .as(which + ": an older value came back")
                        .isEmpty();
            }
        }
    }

    /** Tombstones that a cleaning went through by this time, whose delete horizon has passed since, are gone. */
    void checkTombstonesGone(PartitionLog log, long cleanedByMs) throws Exception {
        for (long offset : readAll("at the end", log)) {
            Rec record = records.get(offset);
            if (record != null && record.value == null && record.cleanedMs >= 0) {
                assertThat(record.cleanedMs).as("tombstone at " + offset).isGreaterThan(cleanedByMs);
            }
        }
    }

    /** Offsets found, each with what was appended there. */
    private Set<Long> readAll(String what, PartitionLog log) throws Exception {
        Set<Long> found = new HashSet<>();
        long at = log.logStartOffset();
        long previous = -1;
        while (at < log.logEndOffset()) {
            RecordsRange range = log.read(at, 2000, Long.MAX_VALUE, true);
            if (range.length() == 0) {
                break;
            }
            for (MutableRecordBatch batch : LogFixture.records(range, files).batches()) {
                batch.ensureValid();
                assertThat(batch.baseOffset()).as(what).isGreaterThanOrEqualTo(at);
                at = batch.nextOffset();
                for (Record record : batch) {
                    assertThat(record.offset())
                            .as(what + ": order")
                            .isGreaterThan(previous)
                            .isLessThan(at);
                    previous = record.offset();
                    if (batch.isControlBatch()) {
                        continue;
                    }
                    Rec expected = records.get(record.offset());
                    String which = what + ": offset " + record.offset();
                    assertThat(expected)
                            .as(which + " was never written, or was cut")
                            .isNotNull();
                    assertThat(text(record.key())).as(which).isEqualTo(expected.key);
                    assertThat(text(record.value())).as(which).isEqualTo(expected.value);
                    assertThat(record.timestamp()).as(which).isEqualTo(expected.timestampMs);
                    found.add(record.offset());
                }
            }
        }
        assertThat(at).as(what + ": a reader comes to the end").isEqualTo(log.logEndOffset());
        return found;
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
