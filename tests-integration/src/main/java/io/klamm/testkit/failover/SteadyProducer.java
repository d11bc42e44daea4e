/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import io.klamm.testkit.Await;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A producer with the client's default settings (acks=all, idempotent) that sends a small record every two milliseconds, to the
 * partitions in turn, and notes the pauses between acknowledgements.
 */
final class SteadyProducer implements AutoCloseable {
    private static final long INTERVAL_NANOS = 2_000_000;
    private static final byte[] VALUE = new byte[100];

    private final String topic;
    private final int partitions;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AckGaps gaps;
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicReference<@Nullable Exception> firstFailure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean stopping;

    /** @param settings what shall differ from the defaults of the client */
    SteadyProducer(String bootstrap, String topic, int partitions, Map<String, String> settings) {
        this.topic = topic;
        this.partitions = partitions;
        this.gaps = new AckGaps(partitions);
        Map<String, Object> config = new HashMap<>(settings);
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.thread = new Thread(this::run, "steady-producer");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    AckGaps gaps() {
        return gaps;
    }

    /** Records that the client gave up, after its own retries. */
    int failed() {
        return failed.get();
    }

    @Nullable
    Exception firstFailure() {
        return firstFailure.get();
    }

    /** Waits until every partition has acknowledged what was sent after this moment. */
    void awaitAcknowledged(Duration atMost) {
        long now = System.nanoTime();
        Await.until("acknowledged on every partition", atMost, () -> gaps.allAcknowledgedAfter(now));
    }

    private void run() {
        long next = System.nanoTime();
        for (int turn = 0; !stopping; turn++) {
            send(turn % partitions);
            next += INTERVAL_NANOS;
            long now = System.nanoTime();
            if (next - now > 0) {
                LockSupport.parkNanos(next - now);
            } else {
                next = now; // send() has blocked; what was missed is not made up for
            }
        }
    }

    private void send(int partition) {
        long sent = System.nanoTime();
        try {
            Future<RecordMetadata> unused =
                    producer.send(new ProducerRecord<>(topic, partition, null, VALUE), (metadata, error) -> {
                        if (error == null) {
                            gaps.acknowledged(partition, sent, System.nanoTime());
                        } else {
                            failed(error);
                        }
                    });
        } catch (KafkaException | IllegalStateException e) {
            failed(e);
        }
    }

    private void failed(Exception error) {
        if (!stopping) {
            failed.incrementAndGet();
            firstFailure.compareAndSet(null, error);
        }
    }

    @Override
    public void close() {
        stopping = true;
        producer.close(Duration.ZERO);
    }
}
