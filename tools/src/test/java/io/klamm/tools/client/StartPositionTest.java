/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.tools.CommandException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

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

    @ParameterizedTest
    @CsvSource({"99, the offsets 5 to 6", "4, the offsets 5 to 6", "7,", "5,"})
    void anOffsetThatAPartitionDoesNotHaveIsNamed(long offset, @Nullable String range) {
        TopicPartition partition = new TopicPartition("orders", 3);
        try (MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none")) {
            consumer.assign(List.of(partition));
            consumer.updateBeginningOffsets(Map.of(partition, 5L));
            consumer.updateEndOffsets(Map.of(partition, 7L));
            StartPosition.Options options = new StartPosition.Options();
            new CommandLine(options).parseArgs("--offset", Long.toString(offset));
            Runnable seek = () -> options.position().seek(consumer, List.of(partition), Duration.ofSeconds(1));
            if (range == null) {
                seek.run();
                assertThat(consumer.position(partition)).isEqualTo(offset);
            } else {
                assertThatThrownBy(seek::run)
                        .isInstanceOf(CommandException.class)
                        .hasMessage("--offset " + offset + ": partition 3 of orders has " + range);
            }
        }
    }
}
