/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * SIGTERM moves the leaders away before a node stops: a steady producer with the client's defaults has no record refused. The longest
 * time between two acknowledgements is printed.
 */
class ControlledShutdownIT {
    private static final String TOPIC = "steady";
    private static final int PARTITIONS = 3;
    private static final Duration LONG = Duration.ofSeconds(60);

    private final KlammCluster cluster = KlammCluster.start("shutdown", 3, Map.of());

    @AfterEach
    void stop() {
        cluster.close();
    }

    /** Sends a record to one partition every five milliseconds and knows the longest pause between acknowledgements. */
    private static final class SteadyProducer implements AutoCloseable {
        private static final long INTERVAL_NANOS = 5_000_000;

        private final KafkaProducer<byte[], byte[]> producer;
        private final Thread thread;
        private final AtomicLong acked = new AtomicLong();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        private volatile boolean stopping;
        private long lastNanos;
        private long longestNanos;

        SteadyProducer(String bootstrap, int partition) {
            Map<String, Object> config = new HashMap<>();
            config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
            producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
            thread = new Thread(() -> run(partition), "steady-" + partition);
            thread.setDaemon(true);
            thread.start();
        }

        private void run(int partition) {
            while (!stopping) {
                LockSupport.parkNanos(INTERVAL_NANOS);
                Future<RecordMetadata> unused = producer.send(
                        new ProducerRecord<>(TOPIC, partition, null, new byte[100]), (metadata, error) -> {
                            if (error == null) {
                                acknowledged();
                            } else {
                                failure.compareAndSet(null, error);
                            }
                        });
            }
        }

        private synchronized void acknowledged() {
            long now = System.nanoTime();
            if (lastNanos != 0) {
                longestNanos = Math.max(longestNanos, now - lastNanos);
            }
            lastNanos = now;
            acked.incrementAndGet();
        }

        synchronized void reset() {
            longestNanos = 0;
        }

        synchronized long longestMs() {
            return TimeUnit.NANOSECONDS.toMillis(longestNanos);
        }

        void awaitProgress() {
            long target = acked.get() + 200;
            Await.until("200 more records are acknowledged", LONG, () -> acked.get() >= target);
        }

        @Override
        public void close() {
            stopping = true;
            try {
                thread.join(10_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            producer.close(Duration.ofSeconds(10));
        }
    }

    @Test
    void aStoppedLeaderIsHardlyNoticed() {
        cluster.createTopic(TOPIC, PARTITIONS, 3, Map.of());
        List<SteadyProducer> producers = new ArrayList<>();
        try {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                producers.add(new SteadyProducer(cluster.bootstrap(), partition));
            }
            for (int round = 0; round < Integer.getInteger("klamm.shutdown.rounds", 3); round++) {
                int node = 1 + round % 3;
                producers.forEach(SteadyProducer::awaitProgress);
                List<Integer> led = new ArrayList<>();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    if (cluster.leaderOf(TOPIC, partition) == node) {
                        led.add(partition);
                    }
                }
                boolean quorum = cluster.quorumLeader() == node;
                producers.forEach(SteadyProducer::awaitProgress);
                producers.forEach(SteadyProducer::reset);
                producers.forEach(SteadyProducer::awaitProgress);
                List<Long> before =
                        producers.stream().map(SteadyProducer::longestMs).toList();
                assertThat(cluster.node(node).stop(LONG)).isZero();
                producers.forEach(SteadyProducer::awaitProgress);
                System.out.println("node " + node + " stopped, it led " + led + (quorum ? " and the quorum" : "")
                        + ": longest pause by partition "
                        + producers.stream().map(SteadyProducer::longestMs).toList() + " ms, before " + before);
                cluster.node(node).start();
                cluster.awaitBrokers(3);
                cluster.awaitFullIsr(TOPIC);
            }
            producers.forEach(producer -> assertThat(producer.failure.get()).isNull());
        } finally {
            producers.forEach(SteadyProducer::close);
        }
    }
}
