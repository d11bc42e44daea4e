/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AckGapsTest {
    private final AckGaps gaps = new AckGaps(2);

    @Test
    void thePauseBeginsWithTheLastAcknowledgementBeforeTheFault() {
        acknowledgedBoth(100);
        gaps.begin();
        gaps.acknowledged(0, 130, 150);
        gaps.acknowledged(1, 130, 190);
        assertThat(gaps.longestNanos(190)).isEqualTo(90);
    }

    @Test
    void whatWasBeforeTheFaultDoesNotCount() {
        acknowledgedBoth(100);
        acknowledgedBoth(500);
        gaps.begin();
        acknowledgedBoth(510);
        assertThat(gaps.longestNanos(510)).isEqualTo(10);
    }

    @Test
    void aPauseThatIsOpenCounts() {
        acknowledgedBoth(100);
        gaps.begin();
        gaps.acknowledged(0, 140, 150);
        assertThat(gaps.longestNanos(300)).isEqualTo(200);
    }

    @Test
    void recordsSentBeforeTheFaultDoNotShowThatItIsOver() {
        acknowledgedBoth(100);
        gaps.acknowledged(0, 120, 200);
        gaps.acknowledged(1, 90, 200);
        assertThat(gaps.allAcknowledgedAfter(110)).isFalse();
        gaps.acknowledged(1, 130, 210);
        assertThat(gaps.allAcknowledgedAfter(110)).isTrue();
    }

    private void acknowledgedBoth(long nanos) {
        gaps.acknowledged(0, nanos, nanos);
        gaps.acknowledged(1, nanos, nanos);
    }
}
