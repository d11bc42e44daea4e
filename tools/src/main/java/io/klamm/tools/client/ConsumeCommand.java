/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm consume}. Reads partitions directly, without a group, and commits nothing. */
@Command(
        name = "consume",
        description = "Read records of a topic, from now on unless told otherwise.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  klamm consume greetings --from-beginning --until-end",
            "  klamm consume numbers --offset -5 --format '%%p/%%o %%k=%%v'",
            "  klamm consume logs --timestamp 2026-01-31T12:00:00Z --count 10 --json"
        })
public final class ConsumeCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(250);

    @Mixin
    private final Connection connection = new Connection();

    @Parameters(paramLabel = "TOPIC", description = "Topic to read.")
    private String topic;

    @ArgGroup
    private StartPosition.Options start = new StartPosition.Options();

    @Option(
            names = {"--partitions", "--partition"},
            paramLabel = "N",
            split = ",",
            description = "Partitions to read. Default: all.")
    private @Nullable List<Integer> partitions;

    @Option(names = "--count", paramLabel = "N", description = "Stop after this many records.")
    private @Nullable Long count;

    @Option(names = "--until-end", description = "Stop at the end that the partitions have when the command starts.")
    private boolean untilEnd;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "value",
            description = {
                "value (default), key-value (separated by a tab), json, or a pattern: %%t topic, %%p partition, %%o offset,"
                        + " %%T timestamp (ms), %%k key, %%v value, %%h headers, %%%% percent sign, \\n, \\t."
            })
    private String format = "value";

    @Option(names = "--json", description = "The same as --format json: one object on each line.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        RecordFormat recordFormat = RecordFormat.parse(json ? "json" : format);
        StartPosition position = start.position();
        if (count != null && count < 1) {
            throw new CommandException("--count " + count + ": expected at least 1");
        }
        connection.checkReachable();
        // Not to be closed: a flush that fails, because nobody reads any more, is the sink's to see.
        OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> assigned = assigned(consumer);
            consumer.assign(assigned);
            position.seek(consumer, assigned, Duration.ofMillis(connection.timeoutMs()));
            consume(consumer, assigned, new Sink(recordFormat, out));
        } catch (OffsetOutOfRangeException e) {
            throw new CommandException("no such offset: "
                    + e.offsetOutOfRangePartitions().entrySet().stream()
                            .map(entry -> entry.getValue() + " of partition "
                                    + entry.getKey().partition())
                            .collect(Collectors.joining(", ")));
        }
        return ExitCode.OK;
    }

    /** Prints records; false when nobody reads them any more, as in {@code klamm consume ... | head}. */
    private record Sink(RecordFormat format, OutputStream out) {
        boolean write(ConsumerRecord<byte[], byte[]> record) {
            try {
                format.write(record, out);
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        boolean flush() {
            try {
                out.flush();
                return true;
            } catch (IOException e) {
                return false;
            }
        }
    }

    private void consume(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> assigned, Sink sink) {
        Map<TopicPartition, Long> ends = untilEnd ? consumer.endOffsets(assigned) : Map.of();
        long left = count == null ? Long.MAX_VALUE : count;
        while (!(untilEnd && reached(consumer, ends))) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                Long end = ends.get(new TopicPartition(record.topic(), record.partition()));
                if (end != null && record.offset() >= end) {
                    continue;
                }
                if (!sink.write(record)) {
                    return;
                }
                if (--left == 0) {
                    sink.flush();
                    return;
                }
            }
            if (!sink.flush()) {
                return;
            }
        }
    }

    private static boolean reached(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private List<TopicPartition> assigned(KafkaConsumer<byte[], byte[]> consumer) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic, Duration.ofMillis(connection.timeoutMs()));
        if (infos == null || infos.isEmpty()) {
            throw new CommandException("there is no topic " + topic);
        }
        TreeSet<Integer> existing = new TreeSet<>();
        infos.forEach(info -> existing.add(info.partition()));
        List<Integer> wanted = partitions == null ? List.copyOf(existing) : partitions;
        for (Integer partition : wanted) {
            if (!existing.contains(partition)) {
                throw new CommandException(
                        "topic " + topic + " has no partition " + partition + ", only 0 to " + existing.last());
            }
        }
        return wanted.stream()
                .distinct()
                .map(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = connection.properties();
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, start.mayReset() ? "earliest" : "none");
        properties.putIfAbsent(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, connection.timeoutMs());
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
