/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenciesTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 63, 64, 65, 127, 128, 129, 1_000_000, 123_456_789_012L, Long.MAX_VALUE})
    void aBucketIsNarrow(long micros) {
        long upper = Latencies.upper(Latencies.bucket(micros));

        assertThat(upper).isGreaterThanOrEqualTo(micros);
        assertThat(upper - micros).isLessThanOrEqualTo(micros / 64);
        assertThat(Latencies.bucket(upper)).isEqualTo(Latencies.bucket(micros));
    }

    @Test
    void countsPercentiles() {
        Latencies latencies = new Latencies();
        assertThat(latencies.percentile(0.5)).isZero();
        for (int micros = 1; micros <= 10_000; micros++) {
            latencies.record(micros);
        }

        assertThat(latencies.percentile(0.5)).isCloseTo(5_000, Percentage.withPercentage(2));
        assertThat(latencies.percentile(0.99)).isCloseTo(9_900, Percentage.withPercentage(2));
        assertThat(latencies.percentile(1)).isCloseTo(10_000, Percentage.withPercentage(2));
    }
}
