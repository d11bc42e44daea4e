/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.tools.CommandException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartPositionTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1769860800000, 1769860800000",
        "2026-01-31T12:00:00Z, 1769860800000",
        "2026-01-31T12:00Z, 1769860800000",
        "2026-01-31T13:00:00.250+01:00, 1769860800250"
    })
    void readsTimes(String text, long millis) {
        assertThat(StartPosition.parseTime(text)).isEqualTo(millis);
    }

    @Test
    void readsATimeWithoutAZoneAsThisMachines() {
        long here = LocalDateTime.of(2026, 1, 31, 0, 0)
                .atZone(ZoneId.systemDefault())
                .toInstant()
                .toEpochMilli();

        assertThat(StartPosition.parseTime("2026-01-31T00:00:00")).isEqualTo(here);
        assertThat(StartPosition.parseTime("2026-01-31")).isEqualTo(here);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "2026-13-01", "12:00", "99999999999999999999"})
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> StartPosition.parseTime(text))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("expected a time");
    }
}
