/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm perf produce}. */
@Command(
        name = "produce",
        description = "Write records of one size with one producer, and report throughput and latency.",
        mixinStandardHelpOptions = true)
final class PerfProduceCommand implements Callable<Integer> {
    @Mixin
    private final Connection connection = new Connection();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TOPIC", description = "Topic to write to.")
    private String topic;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "100000",
            description = "Records (default ${DEFAULT-VALUE}).")
    private long records;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "1024",
            description = "Size of a value (default ${DEFAULT-VALUE}).")
    private int size;

    @Option(names = "--rate", paramLabel = "N", description = "Records in a second. Default: as many as possible.")
    private @Nullable Long rate;

    @Option(
            names = "--acks",
            paramLabel = "all|1|0",
            defaultValue = "all",
            description = "Who must have a record (default all).")
    private String acks;

    @Option(
            names = "--compression",
            paramLabel = "none|gzip|snappy|lz4|zstd",
            defaultValue = "none",
            description = "Compression of batches (default ${DEFAULT-VALUE}).")
    private String compression;

    @Option(
            names = "--property",
            paramLabel = "KEY=VALUE",
            description = "A setting of the producer, such as batch.size=131072.")
    private Map<String, String> producerProperties = new LinkedHashMap<>();

    /** What {@code --json} prints. Latencies from the call of send to the acknowledgement, in milliseconds. */
    record Result(
            long records,
            double seconds,
            double recordsPerSecond,
            double megabytesPerSecond,
            double p50Ms,
            double p99Ms,
            double p999Ms,
            double maxMs) {}

    @Override
    public Integer call() throws Exception {
        if (records < 1 || size < 0 || (rate != null && rate < 1)) {
            throw new CommandException("--records and --rate must be at least 1, --size at least 0");
        }
        connection.checkReachable();
        Latencies latencies = new Latencies();
        AtomicReference<@Nullable Exception> firstFailure = new AtomicReference<>();
        // Bytes that do not compress, the same in every run.
        byte[] value = new byte[size];
        new Random(1).nextBytes(value);
        long start = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            for (long sent = 0; sent < records && firstFailure.get() == null; sent++) {
                if (rate != null) {
                    long due = start + (long) (sent * 1e9 / rate);
                    while (due - System.nanoTime() > 0) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                }
                long called = System.nanoTime();
                Future<RecordMetadata> unused =
                        producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                            latencies.record((System.nanoTime() - called) / 1000);
                            if (failure != null) {
                                firstFailure.compareAndSet(null, failure);
                            }
                        });
            }
            producer.flush();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Exception failure = firstFailure.get();
        if (failure != null) {
            throw failure;
        }
        Result result = new Result(
                records,
                seconds,
                records / seconds,
                records * (double) size / seconds / 1e6,
                latencies.percentile(0.5) / 1e3,
                latencies.percentile(0.99) / 1e3,
                latencies.percentile(0.999) / 1e3,
                latencies.percentile(1) / 1e3);
        output.print(
                result,
                String.format(
                        "%d records in %.2f s: %.0f records/s, %.1f MB/s; latency ms: p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f",
                        result.records,
                        result.seconds,
                        result.recordsPerSecond,
                        result.megabytesPerSecond,
                        result.p50Ms,
                        result.p99Ms,
                        result.p999Ms,
                        result.maxMs));
        return ExitCode.OK;
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = connection.properties();
        properties.put(ProducerConfig.ACKS_CONFIG, acks);
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, connection.timeoutMs());
        if (!acks.equals("all")) {
            properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        }
        properties.putAll(producerProperties);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
