/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One operation after the other of a log's ordinary life finds no room: appends, rolls, a truncation, the start moved, retention,
 * checkpoints. There is ballast: the dir stays online, what was acknowledged is there, and what was refused is not.
 */
class DiskFullPathTest {
    private static final String LARGE = "x".repeat(LogFixture.SEGMENT_BYTES / 3);

    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();
    private List<String> records = new ArrayList<>();

    @Test
    void noRoomAtAnyOperationHarmsNothing() throws Exception {
        int met = 0;
        String operation = "";
        for (int n = 0; operation != null; n++) {
            Path folder = dir.resolve("run" + n);
            List<IOException> failures = new ArrayList<>();
            records = new ArrayList<>();
            List<String> found;
            // Nothing runs in the background: the operations have their order.
            try (LogStore store = LogStore.open(
                    LogFixture.storeConfig(folder),
                    files,
                    new LogFixture.HandClock(),
                    (path, error) -> failures.add(error),
                    path -> new StepPool())) {
                SegmentedLog log =
                        (SegmentedLog) store.openOrCreate("topic", LogFixture.TOPIC_ID, 0, LogFixture.smallSegments());
                store.checkSpace(); // there is ballast
                files.noSpaceIn(n, 1);
                work(log, store);
                operation = files.noSpaceMet();
                files.noSpaceIn(0, 0);
                assertThat(failures).as(operation).isEmpty();
                found = LogFixture.readAll(log, log.logStartOffset());
                assertThat(found).as(operation).isEqualTo(records.subList((int) log.logStartOffset(), records.size()));
                log.flush();
            }
            met += operation == null ? 0 : 1;
            try (LogFixture again = new LogFixture(folder)) {
                SegmentedLog log = again.log();
                assertThat(LogFixture.readAll(log, log.logStartOffset()))
                        .as("opened again: " + operation)
                        .endsWith(found.toArray(String[]::new));
                assertThat(log.logEndOffset()).isEqualTo(records.size());
            }
        }
        assertThat(met).isGreaterThan(15);
    }

    private void work(SegmentedLog log, LogStore store) throws Exception {
        for (int i = 0; i < 8; i++) {
            append(log, store, i + LARGE);
        }
        log.checkpoint();
        log.truncateTo(4);
        records = new ArrayList<>(records.subList(0, 4));
        append(log, store, "behind the cut");
        append(log, store, "again" + LARGE);
        log.checkpoint();
        log.updateHighWatermark(log.logEndOffset());
        log.advanceLogStart(4);
        store.enforceRetention();
        store.maintain();
        append(log, store, "last");
        log.checkpoint();
        store.maintain();
    }

    /** A client that is refused tries again when there is room. */
    private void append(SegmentedLog log, LogStore store, String value) throws Exception {
        try {
            log.append(Batches.of(value), 1);
        } catch (RejectedBatchException e) {
            assertThat(log.logEndOffset()).isEqualTo(records.size());
            store.checkSpace();
            store.checkSpace();
            log.append(Batches.of(value), 1);
        }
        records.add(records.size() + ":" + value);
    }
}
