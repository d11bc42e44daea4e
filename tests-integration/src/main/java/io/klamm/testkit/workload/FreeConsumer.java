/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Await;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A consumer without a group that follows all partitions of a topic from their beginning, on a thread of its own. */
public final class FreeConsumer implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration END = Duration.ofSeconds(60);

    private final String process;
    private final List<TopicPartition> partitions;
    private final Map<String, Object> config;
    private final HistoryRecorder history;
    /** Offset to go on with. */
    private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();

    private final WorkerThread thread;
    private volatile boolean stopping;

    /**
     * @param number tells it from other consumers
     * @param isolation what it is to get: nobody has transactions, so that it is the same
     */
    public FreeConsumer(
            int number,
            String bootstrap,
            String topic,
            int partitions,
            IsolationLevel isolation,
            HistoryRecorder history) {
        this.process = "consumer-" + number;
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        // An offset that the leader does not know is an anomaly: nothing may be reset in silence.
        this.config = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "none",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                isolation.toString(),
                ConsumerConfig.CLIENT_ID_CONFIG,
                process);
        this.history = history;
        this.thread = new WorkerThread(process, this::run);
    }

    public FreeConsumer start() {
        thread.start();
        return this;
    }

    private void run() {
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(partitions);
            partitions.forEach(partition -> {
                consumer.seek(partition, 0);
                positions.put(partition, 0L);
            });
            while (!stopping) {
                long invokedNanos = history.now();
                ConsumerRecords<String, String> polled = consumer.poll(POLL);
                for (TopicPartition partition : polled.partitions()) {
                    take(partition, polled.records(partition), invokedNanos);
                    positions.put(partition, consumer.position(partition));
                }
            }
        }
    }

    private void take(TopicPartition partition, List<ConsumerRecord<String, String>> found, long invokedNanos) {
        List<ReadRecord> read = new ArrayList<>();
        found.forEach(each -> read.add(new ReadRecord(each.offset(), each.key(), each.value())));
        history.add(new Poll(
                history.since(invokedNanos), process, 0, partition, positions.getOrDefault(partition, 0L), read));
    }

    /** @throws AssertionError when it has failed */
    void check() {
        thread.check();
    }

    /** Waits until it has read to the ends of these partitions, and stops it. */
    public void finish(List<Contents> whole, Duration atMost) {
        Await.until(
                process + " has read to the end",
                atMost,
                () -> !thread.isAlive()
                        || whole.stream().allMatch(each -> positions.getOrDefault(each.partition(), 0L) >= each.end()));
        stopping = true;
        thread.end(END);
    }

    @Override
    public void close() {
        stopping = true;
        thread.join(END);
    }
}
