/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryCutTest {
    @TempDir
    Path dir;

    /** The segment before the cut had been sealed by the recovery, since another followed it. */
    @Test
    void aLogCutAtASegmentThatDoesNotFollowTakesAppends() throws Exception {
        try (LogFixture fixture = new LogFixture(dir)) {
            SegmentedLog log = fixture.log();
            while (log.logEndOffset() < 90) {
                log.append(Batches.of("value " + log.logEndOffset()), 0);
            }
            fixture.store.close();
            List<Path> segments;
            try (var files = Files.list(fixture.folder())) {
                segments = files.filter(file -> file.toString().endsWith(SegmentNames.LOG))
                        .sorted()
                        .toList();
            }
            assertThat(segments).hasSizeGreaterThan(2);
            long second = SegmentNames.offset(segments.get(1), SegmentNames.LOG).orElseThrow();
            Files.move(segments.get(1), segments.get(1).resolveSibling(SegmentNames.log(second - 1)));
            fixture.open();
            fixture.config = LogConfig.DEFAULT; // so that the appends go into the segment that is left
            SegmentedLog cut = fixture.log();
            assertThat(cut.logEndOffset()).isEqualTo(second);
            while (cut.logEndOffset() < 200) {
                cut.append(Batches.of("again " + cut.logEndOffset()), 0);
            }
            assertThat(LogFixture.readAll(cut, 0))
                    .hasSize(200)
                    .contains((second - 1) + ":value " + (second - 1), second + ":again " + second);
        }
    }
}
