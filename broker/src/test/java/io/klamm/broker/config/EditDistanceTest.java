/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "abc, abc, 0",
        "'', abc, 3",
        "abc, ab, 1",
        "abc, axc, 1",
        "lgo.dirs, log.dirs, 1",
        "kitten, sitting, 3"
    })
    void countsEditsAndSwaps(String a, String b, int distance) {
        assertThat(EditDistance.between(a, b)).isEqualTo(distance);
        assertThat(EditDistance.between(b, a)).isEqualTo(distance);
    }
}
