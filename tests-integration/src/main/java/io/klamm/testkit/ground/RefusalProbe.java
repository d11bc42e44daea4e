/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Tells whether a node takes records: a topic has a partition on each node alone. */
final class RefusalProbe implements AutoCloseable {
    private static final String TOPIC = "disk-probe";

    private final List<Integer> nodes;
    private final KafkaProducer<String, String> producer;

    /** @param nodes ids of all, as {@link #createTopic} found them */
    RefusalProbe(String bootstrap, List<Integer> nodes) {
        this.nodes = nodes;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.RETRIES_CONFIG,
                        0,
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        false,
                        ProducerConfig.ACKS_CONFIG,
                        "1",
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        5_000),
                new StringSerializer(),
                new StringSerializer());
    }

    static void createTopic(KlammCluster cluster) {
        List<List<Integer>> alone =
                cluster.nodes().stream().map(NodeProcess::nodeId).map(List::of).toList();
        cluster.createTopic(TOPIC, alone, Map.of());
    }

    /** Whether the node says that it cannot store a record. */
    boolean refuses(int node) throws Exception {
        try {
            producer.send(new ProducerRecord<>(TOPIC, nodes.indexOf(node), null, "?"))
                    .get(10, TimeUnit.SECONDS);
            return false;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KafkaStorageException) {
                return true;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
