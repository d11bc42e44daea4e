/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The journals of a dir are cut short, or gone: nothing of a compacted log may be lost, and no clean stop be believed. */
class CutJournalTest extends CompactionFixture {
    private List<Long> before;

    enum Cut {
        GONE,
        EMPTY,
        WITHIN_THE_FIRST_LINE,
        BEHIND_THE_FIRST_LINE,
        BEFORE_THE_LAST_LINE;

        void apply(Path file) throws Exception {
            byte[] bytes = Files.readAllBytes(file);
            int first = new String(bytes, java.nio.charset.StandardCharsets.US_ASCII).indexOf('\n') + 1;
            int last = bytes.length - 1;
            while (bytes[last - 1] != '\n') {
                last--;
            }
            switch (this) {
                case GONE -> Files.delete(file);
                case EMPTY -> Files.write(file, new byte[0]);
                case WITHIN_THE_FIRST_LINE -> Files.write(file, Arrays.copyOf(bytes, first / 2));
                case BEHIND_THE_FIRST_LINE -> Files.write(file, Arrays.copyOf(bytes, first));
                default -> Files.write(file, Arrays.copyOf(bytes, last));
            }
        }
    }

    @BeforeEach
    void compact() throws Exception {
        SegmentedLog log = start(dir, new FaultyFiles());
        fill(log, 60);
        clean();
        before = offsets(log);
        assertThat(before).hasSizeLessThan((int) log.logEndOffset());
    }

    private static List<Long> offsets(SegmentedLog log) throws Exception {
        List<Long> offsets = new ArrayList<>();
        for (long at = 0; at < log.logEndOffset(); at = offsets.get(offsets.size() - 1) + 1) {
            RecordsRange range = log.read(at, 300, Long.MAX_VALUE, true);
            if (range.length() == 0) {
                break;
            }
            LogFixture.records(range).records().forEach(record -> offsets.add(record.offset()));
        }
        return offsets;
    }

    @ParameterizedTest
    @EnumSource
    void aCompactedLogKeepsWhatItHasAndTheCleanStopIsNotBelieved(Cut cut) throws Exception {
        fixture.store.closeCleanly(5);
        cut.apply(dir.resolve(DirCheckpoints.RECOVERY_FILE));
        fixture.open();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
        assertThat(offsets(fixture.log())).isEqualTo(before);
        fixture.store.closeCleanly(6);
        fixture.open();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(6);
    }

    /** As with a follower, that has the holes of its leader's compaction and has never cleaned anything. */
    @ParameterizedTest
    @EnumSource
    void aLogThatWasNeverCleanedHereKeepsTheHolesOfItsLeader(Cut cut) throws Exception {
        fixture.store.closeCleanly(5);
        cut.apply(dir.resolve(DirCheckpoints.RECOVERY_FILE));
        Files.delete(dir.resolve(CleanedEnds.FILE));
        fixture.open();
        fixture.log("other", new org.apache.kafka.common.Uuid(5, 6), 0); // the mark of the clean stop goes
        fixture.store.close();
        fixture.open();
        assertThat(offsets(fixture.log())).isEqualTo(before);
    }

    @Test
    void afterACrashTheHolesOfCompactionAreBelieved() throws Exception {
        fixture.store.close();
        Files.deleteIfExists(dir.resolve(DirCheckpoints.RECOVERY_FILE));
        fixture.open();
        assertThat(offsets(fixture.log())).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void theCleanStopIsNotBelievedWhereLogStartsAreLost(Cut cut) throws Exception {
        fixture.log().advanceLogStart(10);
        fixture.store.closeCleanly(5);
        cut.apply(dir.resolve(DirCheckpoints.LOG_START_FILE));
        fixture.open();
        assertThat(fixture.store.cleanShutdownBrokerEpoch()).isEqualTo(-1);
    }
}
