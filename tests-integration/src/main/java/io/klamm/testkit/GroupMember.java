/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group as a process of its own, which can be killed. It prints {@code O n} when it owns n partitions, {@code R partition offset}
 * for each record, and {@code C generation partition:offset ...} when it has committed; -1 when the generation is not sure.
 */
final class GroupMember {
    private GroupMember() {}

    /** Arguments: bootstrap servers, topic, group, then settings of the consumer as key=value. */
    public static void main(String[] args) {
        Map<String, Object> config = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                args[0],
                ConsumerConfig.GROUP_ID_CONFIG,
                args[2],
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                "false"));
        for (String setting : List.of(args).subList(3, args.length)) {
            int at = setting.indexOf('=');
            config.put(setting.substring(0, at), setting.substring(at + 1));
        }
        int owned = -1;
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(args[1]));
            while (!Thread.currentThread().isInterrupted()) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(50));
                if (consumer.assignment().size() != owned) {
                    owned = consumer.assignment().size();
                    System.out.println("O " + owned);
                }
                Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
                for (ConsumerRecord<String, String> record : records) {
                    System.out.println("R " + record.partition() + " " + record.offset());
                    read.put(
                            new TopicPartition(record.topic(), record.partition()),
                            new OffsetAndMetadata(record.offset() + 1));
                }
                if (!read.isEmpty()) {
                    commit(consumer, read);
                }
            }
        }
    }

    /** A commit that a rebalance or a fail-over prevents is made up for by the next one. */
    private static void commit(KafkaConsumer<String, String> consumer, Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            int before = consumer.groupMetadata().generationId();
            consumer.commitSync(offsets);
            int after = consumer.groupMetadata().generationId();
            StringBuilder line = new StringBuilder("C ").append(before == after ? after : -1);
            offsets.forEach((partition, offset) ->
                    line.append(' ').append(partition.partition()).append(':').append(offset.offset()));
            System.out.println(line);
        } catch (KafkaException e) {
            System.err.println("not committed: " + e);
        }
    }
}
