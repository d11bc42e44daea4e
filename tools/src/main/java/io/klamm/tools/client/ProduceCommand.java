/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Reasons;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm produce}. */
@Command(
        name = "produce",
        description = "Write lines to a topic, one record each.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  echo hello | klamm produce greetings",
            "  printf 'a:1\\nb:2\\n' | klamm produce numbers --key-separator :",
            "  klamm produce logs --file app.log --compression zstd --header host=web-1"
        })
public final class ProduceCommand implements Callable<Integer> {
    private static final long PROGRESS_NS = TimeUnit.SECONDS.toNanos(5);
    /** The producer's default. */
    private static final int MAX_REQUEST_SIZE = 1 << 20;

    @Mixin
    private final Connection connection = new Connection();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "TOPIC", description = "Topic to write to.")
    private String topic;

    @Option(names = "--file", paramLabel = "FILE", description = "Read lines from a file instead of standard input.")
    private @Nullable Path file;

    @Option(
            names = "--key-separator",
            paramLabel = "TEXT",
            description = "A line is KEY TEXT VALUE; without this option it is the value. Every line must have it.")
    private @Nullable String keySeparator;

    @Option(names = "--header", paramLabel = "NAME=VALUE", description = "A header of all records. May be repeated.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Option(
            names = "--header-separator",
            paramLabel = "TEXT",
            description = "A line starts with NAME=VALUE,NAME=VALUE TEXT; these are headers of this record.")
    private @Nullable String headerSeparator;

    @Option(
            names = "--null-value",
            paramLabel = "TEXT",
            description = "A value equal to TEXT becomes null: in a compacted topic it deletes the key.")
    private @Nullable String nullValue;

    @Option(names = "--partition", paramLabel = "N", description = "Write to this partition only.")
    private @Nullable Integer partition;

    @Option(
            names = "--acks",
            paramLabel = "all|1|0",
            defaultValue = "all",
            description =
                    "Who must have a record before it counts: all in-sync replicas (default), the leader, nobody.")
    private String acks = "all";

    @Option(
            names = "--compression",
            paramLabel = "none|gzip|snappy|lz4|zstd",
            defaultValue = "none",
            description = "Compression of batches (default ${DEFAULT-VALUE}).")
    private String compression = "none";

    @Option(names = "--quiet", description = "Print no summary.")
    private boolean quiet;

    private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();
    private final LongAdder acknowledged = new LongAdder();

    /** What {@code --json} prints. */
    record Summary(String topic, long records, long bytes, double seconds) {}

    @Override
    public Integer call() throws Exception {
        LineParser parser = new LineParser(keySeparator, headerSeparator, nullValue, headers);
        connection.checkReachable();
        long start = System.nanoTime();
        long bytes;
        try (InputStream in = open();
                KafkaProducer<byte[], byte[]> producer = producer()) {
            bytes = send(new LineReader(in), parser, producer);
            producer.flush();
        }
        String failure = firstFailure.get();
        if (failure != null) {
            throw new CommandException("only " + Words.count(acknowledged.sum(), "record")
                    + (acknowledged.sum() == 1 ? " was" : " were") + " written to " + topic + ": " + failure);
        }
        summarize(bytes, (System.nanoTime() - start) / 1e9);
        return ExitCode.OK;
    }

    private long send(LineReader lines, LineParser parser, KafkaProducer<byte[], byte[]> producer) throws IOException {
        long bytes = 0;
        long nextProgress = System.nanoTime() + PROGRESS_NS;
        byte[] line = lines.next();
        while (line != null && firstFailure.get() == null) {
            LineParser.Parsed parsed = parser.parse(line, lines.number());
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, partition, parsed.key(), parsed.value(), parsed.headers());
            long number = lines.number();
            int length = line.length;
            Future<RecordMetadata> unused = producer.send(record, (metadata, failure) -> {
                if (failure != null) {
                    firstFailure.compareAndSet(null, "line " + number + ": " + reason(failure, length));
                } else {
                    acknowledged.increment();
                }
            });
            bytes += line.length;
            if (System.nanoTime() - nextProgress >= 0) {
                nextProgress += PROGRESS_NS;
                if (!quiet) {
                    output.progress().println(Words.count(acknowledged.sum(), "record") + " so far");
                    output.progress().flush();
                }
            }
            line = lines.next();
        }
        return bytes;
    }

    private String reason(Exception failure, int length) {
        if (!(failure instanceof RecordTooLargeException)) {
            return failure instanceof UnknownTopicOrPartitionException
                    ? "there is no topic " + topic
                    : Reasons.of(failure);
        }
        Object limit = connection.properties().getOrDefault(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_SIZE);
        return length + " bytes are too many for one record: this command sends up to max.request.size (" + limit
                + ", --client-config changes it), and the topic takes up to its max.message.bytes";
    }

    private InputStream open() {
        if (file == null) {
            return new BufferedInputStream(System.in, 1 << 16);
        }
        try {
            return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        } catch (IOException e) {
            throw new CommandException("cannot read " + file + ": " + Reasons.of(e));
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = connection.properties();
        properties.put(ProducerConfig.ACKS_CONFIG, acks);
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, connection.timeoutMs());
        if (!acks.equals("all") && !acks.equals("-1")) {
            properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        }
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void summarize(long bytes, double seconds) {
        long records = acknowledged.sum();
        if (output.isJson()) {
            output.print(new Summary(topic, records, bytes, seconds), "");
        } else if (!quiet) {
            // To standard error, so that a pipe behind this command stays empty.
            output.progress().printf("%s to %s in %.1f s%n", Words.count(records, "record"), topic, seconds);
            output.progress().flush();
        }
    }
}
