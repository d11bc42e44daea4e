/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * How records are produced. What is not said here is as the client has it by default.
 *
 * @param batchBytes batch.size
 * @param lingerMs linger.ms
 * @param acks as the client's setting
 * @param compression as the client's setting
 */
record ProduceSettings(int batchBytes, int lingerMs, String acks, String compression) {
    private static final long BUFFER_BYTES = 64L << 20;

    /** What a client of version 4 does by default. */
    static final ProduceSettings DEFAULT = new ProduceSettings(16 << 10, 5, "all", "none");

    static final ProduceSettings LARGE = new ProduceSettings(128 << 10, 5, "all", "none");

    ProduceSettings withAcks(String other) {
        return new ProduceSettings(batchBytes, lingerMs, other, compression);
    }

    ProduceSettings compressedBy(String other) {
        return new ProduceSettings(batchBytes, lingerMs, acks, other);
    }

    Map<String, Object> client(String bootstrap) {
        Map<String, Object> client = new HashMap<>();
        client.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        client.put(ProducerConfig.BATCH_SIZE_CONFIG, batchBytes);
        client.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
        client.put(ProducerConfig.ACKS_CONFIG, acks);
        client.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, acks.equals("all"));
        client.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        client.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        return client;
    }
}
