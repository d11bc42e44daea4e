/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a topic whole, from the beginning to the end it has when reading begins. */
public final class TopicReader {
    private TopicReader() {}

    public static List<ReadRecord> readAll(String bootstrap, String topic, int partitions, Duration atMost) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        List<ReadRecord> read = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        30_000),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            long deadline = System.nanoTime() + atMost.toNanos();
            while (all.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("not read to the end within " + atMost.toSeconds() + " s; ends " + ends
                            + ", records read " + read.size());
                }
                for (ConsumerRecord<String, String> found : consumer.poll(Duration.ofMillis(200))) {
                    read.add(new ReadRecord(found.partition(), found.offset(), found.value()));
                }
            }
        }
        return read;
    }
}
