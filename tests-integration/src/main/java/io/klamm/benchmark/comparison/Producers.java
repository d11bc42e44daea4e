/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Clients that write as fast as they can, a thread each, spreading what has no key as the client does it. */
final class Producers implements AutoCloseable {
    /** A large prime. */
    private static final long SCATTER = 2_654_435_761L;

    private final List<KafkaProducer<byte[], byte[]>> clients = new ArrayList<>();
    private final ExecutorService threads;
    private final Payloads payloads;
    private final int recordBytes;
    private final int keys;

    /** Records without keys. */
    Producers(String bootstrap, ProduceSettings settings, int count, int recordBytes) {
        this(bootstrap, settings, count, recordBytes, 0);
    }

    /** @param keys how many different ones are set again and again, 0 for none */
    Producers(String bootstrap, ProduceSettings settings, int count, int recordBytes, int keys) {
        for (int i = 0; i < count; i++) {
            clients.add(new KafkaProducer<>(
                    settings.client(bootstrap), new ByteArraySerializer(), new ByteArraySerializer()));
        }
        this.threads = Executors.newFixedThreadPool(count);
        this.payloads = new Payloads(recordBytes);
        this.recordBytes = recordBytes;
        this.keys = keys;
    }

    /** Writes about so many bytes of values with all clients together, and waits until all of it is acknowledged. Returns how many it was. */
    long write(String topic, long bytes) throws Exception {
        long each = Math.max(1, bytes / clients.size() / recordBytes);
        List<Future<?>> done = new ArrayList<>();
        for (KafkaProducer<byte[], byte[]> client : clients) {
            done.add(threads.submit(() -> {
                write(client, topic, each);
                return null;
            }));
        }
        for (Future<?> one : done) {
            one.get();
        }
        return each * clients.size() * recordBytes;
    }

    private void write(KafkaProducer<byte[], byte[]> client, String topic, long records) throws Exception {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        for (long i = 0; i < records; i++) {
            Future<RecordMetadata> unused =
                    client.send(new ProducerRecord<>(topic, key(i), payloads.get(i)), (metadata, error) -> {
                        if (error != null) {
                            failure.compareAndSet(null, error);
                        }
                    });
        }
        client.flush();
        Exception failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("a record was not written to " + topic, failed);
        }
    }

    /** In an order that knows no neighbours, and always the same one. */
    private byte @Nullable [] key(long number) {
        if (keys == 0) {
            return null;
        }
        long key = Math.floorMod(number * SCATTER, (long) keys);
        return ByteBuffer.allocate(Long.BYTES).putLong(key).array();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        clients.forEach(KafkaProducer::close);
    }
}
