/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.SendRecord.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each anomaly planted once: the judge must find it, and only it. */
class HistoryJudgeTest {
    private final List<SendRecord> sends = new ArrayList<>();
    private final List<ReadRecord> reads = new ArrayList<>();

    HistoryJudgeTest() {
        for (int i = 0; i < 5; i++) {
            sends.add(acked("a" + i, i, i));
            reads.add(new ReadRecord(0, i, "a" + i));
        }
    }

    @Test
    void aCleanHistoryIsClean() {
        assertThat(HistoryJudge.anomalies(sends, reads)).isEmpty();
    }

    @Test
    void anUnknownSendMayBeThereOnceOrNot() {
        sends.add(new SendRecord("u", 1, 5, 0, Outcome.UNKNOWN, -1));
        assertThat(HistoryJudge.anomalies(sends, reads)).isEmpty();
        reads.add(new ReadRecord(0, 5, "u"));
        assertThat(HistoryJudge.anomalies(sends, reads)).isEmpty();
    }

    @Test
    void aLostAcknowledgedRecordIsFound() {
        reads.remove(4);
        assertThat(HistoryJudge.anomalies(sends, reads))
                .singleElement()
                .asString()
                .startsWith("lost: a4");
    }

    @Test
    void aDuplicateIsFound() {
        reads.add(new ReadRecord(0, 5, "a3"));
        assertThat(HistoryJudge.anomalies(sends, reads)).anyMatch(anomaly -> anomaly.startsWith("duplicate: a3"));
    }

    @Test
    void aRecordAtAnotherOffsetThanAcknowledgedIsFound() {
        sends.set(4, acked("a4", 4, 9));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .singleElement()
                .asString()
                .startsWith("moved: a4");
    }

    /** What a producer hears of a retry that many of its later batches have overtaken. */
    @Test
    void aRecordAcknowledgedWithoutAnOffsetMayBeAnywhereInItsPartitionButOnceAndInOrder() {
        sends.set(2, acked("a2", 2, SendRecord.NO_OFFSET));
        assertThat(HistoryJudge.anomalies(sends, reads)).isEmpty();

        reads.set(2, new ReadRecord(1, 2, "a2"));
        assertThat(HistoryJudge.anomalies(sends, reads)).anyMatch(anomaly -> anomaly.startsWith("moved: a2"));
        reads.set(2, new ReadRecord(0, 2, "a3"));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .anyMatch(anomaly -> anomaly.startsWith("lost: a2"))
                .anyMatch(anomaly -> anomaly.startsWith("duplicate: a3"));
    }

    @Test
    void twoValuesAtOneOffsetAreFound() {
        sends.add(new SendRecord("u", 1, 5, 0, Outcome.UNKNOWN, -1));
        reads.add(new ReadRecord(0, 4, "u"));
        assertThat(HistoryJudge.anomalies(sends, reads)).anyMatch(anomaly -> anomaly.startsWith("two values at 0@4"));
    }

    @Test
    void aRecordNobodySentIsFound() {
        reads.add(new ReadRecord(0, 5, "ghost"));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .singleElement()
                .asString()
                .startsWith("never sent: ghost");
    }

    @Test
    void reorderingIsFound() {
        sends.add(acked("a6", 6, 5));
        sends.add(acked("a5", 5, 6));
        reads.add(new ReadRecord(0, 5, "a6"));
        reads.add(new ReadRecord(0, 6, "a5"));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .singleElement()
                .asString()
                .startsWith("reordered: a5");
    }

    @Test
    void aGapIsFound() {
        sends.add(acked("a5", 5, 6));
        reads.add(new ReadRecord(0, 6, "a5"));
        assertThat(HistoryJudge.anomalies(sends, reads))
                .singleElement()
                .asString()
                .startsWith("gap: partition 0");
    }

    private static SendRecord acked(String value, long sequence, long offset) {
        return new SendRecord(value, 1, sequence, 0, Outcome.ACKED, offset);
    }
}
