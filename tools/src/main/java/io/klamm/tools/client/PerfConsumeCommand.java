/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm perf consume}. */
@Command(
        name = "consume",
        description = "Read a topic from its beginning with one consumer, and report throughput.",
        mixinStandardHelpOptions = true)
final class PerfConsumeCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(250);

    @Mixin
    private final Connection connection = new Connection();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TOPIC", description = "Topic to read.")
    private String topic;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "9223372036854775807",
            description =
                    "Stop after this many records. Default: at the end that the topic has when the command starts.")
    private long records;

    @Option(names = "--property", paramLabel = "KEY=VALUE", description = "A setting of the consumer.")
    private Map<String, String> consumerProperties = new LinkedHashMap<>();

    /** What {@code --json} prints. */
    record Result(long records, long bytes, double seconds, double recordsPerSecond, double megabytesPerSecond) {}

    @Override
    public Integer call() {
        connection.checkReachable();
        long read = 0;
        long bytes = 0;
        long start;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            List<PartitionInfo> infos = consumer.partitionsFor(topic, Duration.ofMillis(connection.timeoutMs()));
            if (infos == null || infos.isEmpty()) {
                throw new CommandException("there is no topic " + topic);
            }
            List<TopicPartition> partitions = infos.stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            start = System.nanoTime();
            while (read < records
                    && ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                ConsumerRecords<byte[], byte[]> batch = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : batch) {
                    read++;
                    bytes += Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Result result = new Result(read, bytes, seconds, read / seconds, bytes / seconds / 1e6);
        output.print(
                result,
                String.format(
                        "%d records in %.2f s: %.0f records/s, %.1f MB/s",
                        result.records, result.seconds, result.recordsPerSecond, result.megabytesPerSecond));
        return ExitCode.OK;
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = connection.properties();
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.putAll(consumerProperties);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
