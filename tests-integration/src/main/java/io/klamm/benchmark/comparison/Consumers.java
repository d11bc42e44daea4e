/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Clients that read a whole topic from its beginning, each by itself, on a thread each. */
final class Consumers {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private Consumers() {}

    /** Waits until each of them has so many bytes of values; returns how many they have together. */
    static long read(String bootstrap, String topic, int partitions, int count, long bytes) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<Long>> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(threads.submit(() -> read(bootstrap, topic, partitions, bytes)));
            }
            long sum = 0;
            for (Future<Long> one : all) {
                sum += one.get();
            }
            return sum;
        } finally {
            threads.shutdownNow();
        }
    }

    private static long read(String bootstrap, String topic, int partitions, long bytes) throws TimeoutException {
        try (KafkaConsumer<byte[], byte[]> consumer = open(bootstrap, topic, partitions)) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            long seen = 0;
            while (seen < bytes) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    seen += record.serializedValueSize();
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new TimeoutException(seen + " bytes of " + topic + " instead of " + bytes);
                }
            }
            return seen;
        }
    }

    /** Stands at the beginning of all partitions. */
    static KafkaConsumer<byte[], byte[]> open(String bootstrap, String topic, int partitions) {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList());
        consumer.seekToBeginning(consumer.assignment());
        return consumer;
    }
}
