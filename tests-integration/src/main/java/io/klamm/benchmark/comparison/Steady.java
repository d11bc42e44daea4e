/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ObjDoubleConsumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Records are written at a steady rate, and read at once. Latencies count from the moment at which a record was due, so that a stall is
 * seen by all the records that it held up (no coordinated omission).
 */
record Steady(String name, ProduceSettings settings, int recordBytes, int partitions, int perSecond, int seconds)
        implements Workload {
    private static final int WARM_UP_SECONDS = 5;
    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(2);
    private static final int DIGITS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** What one run has seen. */
    private static final class Latencies {
        private final Histogram acknowledged = new ConcurrentHistogram(HIGHEST_MICROS, DIGITS);
        private final Histogram read = new ConcurrentHistogram(HIGHEST_MICROS, DIGITS);
        private final AtomicLong failed = new AtomicLong();

        private static void add(Histogram histogram, long dueNanos) {
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - dueNanos);
            histogram.recordValue(Math.max(0, Math.min(HIGHEST_MICROS, micros)));
        }
    }

    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String topic = subject.newTopic(partitions, Map.of());
        long from = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
        Latencies latencies = new Latencies();
        int records = (WARM_UP_SECONDS + seconds) * perSecond;
        CompletableFuture<Void> reading = CompletableFuture.runAsync(
                () -> read(subject.bootstrap(), topic, records, from, latencies), command -> {
                    Thread thread = new Thread(command, "steady-consumer");
                    thread.setDaemon(true);
                    thread.start();
                });
        double cpuBefore = subject.cpuSeconds();
        write(subject.bootstrap(), topic, records, from, latencies);
        reading.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        double cpu = subject.cpuSeconds() - cpuBefore;
        if (latencies.failed.get() > 0) {
            throw new IllegalStateException(latencies.failed.get() + " records were not written");
        }
        tell(figures, "acknowledged", latencies.acknowledged);
        tell(figures, "end to end", latencies.read);
        figures.accept(Figure.cpu(name), cpu / ((double) records * recordBytes / 1e9));
        subject.delete(topic);
    }

    private void tell(ObjDoubleConsumer<Figure> figures, String what, Histogram histogram) {
        for (double percentile : new double[] {50, 99, 99.9}) {
            String label = percentile == 99.9 ? "p99.9" : "p" + (int) percentile;
            figures.accept(
                    new Figure(name, what + " " + label, "ms"), histogram.getValueAtPercentile(percentile) / 1000.0);
        }
    }

    private void write(String bootstrap, String topic, int records, long from, Latencies latencies) {
        Payloads payloads = new Payloads(recordBytes);
        long began = System.nanoTime();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings.client(bootstrap), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < records; i++) {
                long due = began + TimeUnit.SECONDS.toNanos(i) / perSecond;
                for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                    LockSupport.parkNanos(early);
                }
                byte[] value = payloads.get(i).clone();
                ByteBuffer.wrap(value).putLong(due);
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
                    if (error != null) {
                        latencies.failed.incrementAndGet();
                    } else if (due - from > 0) {
                        Latencies.add(latencies.acknowledged, due);
                    }
                });
            }
        }
    }

    private void read(String bootstrap, String topic, int records, long from, Latencies latencies) {
        try (KafkaConsumer<byte[], byte[]> consumer = Consumers.open(bootstrap, topic, partitions)) {
            int seen = 0;
            long deadline = from + TimeUnit.SECONDS.toNanos(seconds) + PATIENCE.toNanos();
            while (seen < records && System.nanoTime() - deadline < 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    long due = ByteBuffer.wrap(record.value()).getLong();
                    if (due - from > 0) {
                        Latencies.add(latencies.read, due);
                    }
                    seen++;
                }
            }
        }
    }
}
