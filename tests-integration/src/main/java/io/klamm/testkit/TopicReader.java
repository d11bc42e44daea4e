/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.ReadRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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

    /** @return what each partition holds, in their order */
    public static List<Contents> readAll(String bootstrap, String topic, int partitions, Duration atMost) {
        return readAll(HistoryRecorder.inMemory(), bootstrap, topic, partitions, atMost);
    }

    /** The same, taken down in the history of a run. */
    public static List<Contents> readAll(
            HistoryRecorder history, String bootstrap, String topic, int partitions, Duration atMost) {
        long invokedNanos = history.now();
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        Map<TopicPartition, List<ReadRecord>> read = new HashMap<>();
        all.forEach(partition -> read.put(partition, new ArrayList<>()));
        Map<TopicPartition, Long> starts;
        Map<TopicPartition, Long> ends;
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        30_000),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(all);
            starts = consumer.beginningOffsets(all);
            ends = consumer.endOffsets(all);
            starts.forEach(consumer::seek);
            long deadline = System.nanoTime() + atMost.toNanos();
            while (all.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("not read to the end within " + atMost.toSeconds() + " s; ends " + ends
                            + ", records read "
                            + read.values().stream().mapToInt(List::size).sum());
                }
                for (ConsumerRecord<String, String> found : consumer.poll(Duration.ofMillis(200))) {
                    read.getOrDefault(new TopicPartition(topic, found.partition()), List.of())
                            .add(new ReadRecord(found.offset(), found.key(), found.value()));
                }
            }
        }
        List<Contents> contents = all.stream()
                .map(partition -> new Contents(
                        history.since(invokedNanos),
                        "reader",
                        partition,
                        starts.getOrDefault(partition, 0L),
                        ends.getOrDefault(partition, 0L),
                        List.copyOf(read.getOrDefault(partition, List.of()))))
                .toList();
        contents.forEach(history::add);
        return contents;
    }
}
