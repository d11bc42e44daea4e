/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Power goes while a log is cleaned: at every file operation in turn, and what was not forced may be lost. */
@NullUnmarked // what is missing fails the test
class CompactionPowerLossTest extends CompactionFixture {
    private final long seed = Long.getLong("seed", System.nanoTime());
    private SimulatedDisk disk;

    @Test
    void aLossOfPowerAtAnyFileOperationLosesNothing() throws Exception {
        int losses = 0;
        boolean done = false;
        for (int n = 0; !done; n++) {
            disk = new SimulatedDisk(new Random(seed + n));
            model = new CompactionModel();
            model.files = disk;
            fixture = new LogFixture(Path.of("/node/logs"), disk);
            fixture.config = config(new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
            fixture.store.close();
            SegmentedLog log = reopened();
            fill(log, 60);
            fixture.config = config(6000, new LogConfig.Compaction(0, 1000, 0, Long.MAX_VALUE), false);
            log.configure(fixture.config); // several become one
            disk.failIn(n, true);
            done = clean();
            String what = "seed " + seed + ", power goes at operation " + n + ", " + disk.failed();
            assertThat(done).as(what).isEqualTo(disk.failed() == null);
            losses += done ? 0 : 1;
            long end = log.logEndOffset();
            disk.losePower();
            log = reopened();
            assertThat(log.logEndOffset()).as(what).isEqualTo(end);
            log.updateHighWatermark(end);
            log.checkpoint();
            check(what, log);
            clean();
            check(what + ", cleaned again", log);
        }
        assertThat(losses).isGreaterThan(20);
    }

    /** Nothing runs in the background: the disk is for one thread. */
    private SegmentedLog reopened() {
        fixture.store = LogStore.open(
                LogFixture.storeConfig(fixture.dir),
                disk,
                fixture.clock,
                (path, error) -> fixture.failures.add(error),
                path -> new StepPool());
        return fixture.log();
    }
}
