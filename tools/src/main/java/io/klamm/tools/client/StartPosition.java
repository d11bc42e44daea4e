/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where reading begins. */
interface StartPosition {
    void seek(Consumer<?, ?> consumer, List<TopicPartition> partitions, Duration timeout);

    /** The options, of which at most one is given. */
    final class Options {
        @Option(names = "--from-beginning", description = "Start at the first record that is kept.")
        private boolean fromBeginning;

        @Option(
                names = "--offset",
                paramLabel = "N",
                description = "Start at this offset of every partition; -N starts N records before the end.")
        private @Nullable Long offset;

        @Option(
                names = "--timestamp",
                paramLabel = "TIME",
                description =
                        "Start at the first record of this time or later: ISO 8601 (2026-01-31T12:00:00Z; without a"
                                + " zone it is this machine's), or milliseconds since 1970.")
        private @Nullable String timestamp;

        /** Whether a start that retention has just deleted may move to the first record that is left. */
        boolean mayReset() {
            return offset == null || offset < 0;
        }

        /** @throws CommandException when the time cannot be read */
        StartPosition position() {
            if (fromBeginning) {
                return (consumer, partitions, timeout) -> consumer.seekToBeginning(partitions);
            }
            if (offset != null) {
                long wanted = offset;
                return wanted >= 0
                        ? (consumer, partitions, timeout) -> at(consumer, partitions, wanted, timeout)
                        : (consumer, partitions, timeout) -> fromEnd(consumer, partitions, -wanted, timeout);
            }
            if (timestamp != null) {
                long time = parseTime(timestamp);
                return (consumer, partitions, timeout) -> atTime(consumer, partitions, time, timeout);
            }
            return (consumer, partitions, timeout) -> fromEnd(consumer, partitions, 0, timeout);
        }
    }

    /** @throws CommandException when a partition does not have the offset: reading would wait there for ever */
    private static void at(Consumer<?, ?> consumer, List<TopicPartition> partitions, long offset, Duration timeout) {
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, timeout);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, timeout);
        for (TopicPartition partition : partitions) {
            long start = starts.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, Long.MAX_VALUE);
            if (offset < start || offset > end) {
                throw new CommandException("--offset " + offset + ": partition " + partition.partition() + " of "
                        + partition.topic()
                        + (start == end
                                ? " has no records, and the next one gets offset " + end
                                : " has the offsets " + start + " to " + (end - 1)));
            }
            consumer.seek(partition, offset);
        }
    }

    private static void fromEnd(
            Consumer<?, ?> consumer, List<TopicPartition> partitions, long records, Duration timeout) {
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, timeout);
        consumer.endOffsets(partitions, timeout)
                .forEach((partition, end) ->
                        consumer.seek(partition, Math.max(starts.getOrDefault(partition, 0L), end - records)));
    }

    private static void atTime(Consumer<?, ?> consumer, List<TopicPartition> partitions, long time, Duration timeout) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, time));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times, timeout);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, timeout);
        for (TopicPartition partition : partitions) {
            OffsetAndTimestamp at = found.get(partition);
            consumer.seek(partition, at == null ? ends.get(partition) : at.offset());
        }
    }

    /** Milliseconds since 1970. */
    static long parseTime(String text) {
        try {
            if (text.matches("-?[0-9]+")) {
                return Long.parseLong(text);
            }
            if (text.matches("[0-9-]{10}")) {
                return millis(LocalDateTime.parse(text + "T00:00:00"));
            }
            return text.matches(".*(Z|[+-][0-9]{2}:?[0-9]{2})$")
                    ? OffsetDateTime.parse(text).toInstant().toEpochMilli()
                    : millis(LocalDateTime.parse(text));
        } catch (DateTimeException | NumberFormatException e) {
            throw new CommandException("--timestamp " + text
                    + ": expected a time such as 2026-01-31T12:00:00Z or milliseconds since 1970");
        }
    }

    private static long millis(LocalDateTime local) {
        Instant instant = local.atZone(ZoneId.systemDefault()).toInstant();
        return instant.toEpochMilli();
    }
}
