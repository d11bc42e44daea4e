/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Tells a node's wall clock from the time with which it stamps a record: a topic with a partition on each node alone has LogAppendTime. */
final class ClockProbe implements AutoCloseable {
    private static final String TOPIC = "clock-probe";

    private final List<Integer> nodes;
    private final KafkaProducer<String, String> producer;

    /** @param nodes ids of all, as {@link #createTopic} found them */
    ClockProbe(String bootstrap, List<Integer> nodes) {
        this.nodes = nodes;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.LINGER_MS_CONFIG,
                        0,
                        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                        2_000,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        5_000,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        5_000),
                new StringSerializer(),
                new StringSerializer());
    }

    static void createTopic(KlammCluster cluster) {
        List<List<Integer>> alone =
                cluster.nodes().stream().map(NodeProcess::nodeId).map(List::of).toList();
        cluster.createTopic(TOPIC, alone, Map.of("message.timestamp.type", "LogAppendTime"));
    }

    /** How far the node's clock is ahead of ours; negative when it is behind. */
    long offMillis(int node) throws Exception {
        long before = System.currentTimeMillis();
        long stamped = producer.send(new ProducerRecord<>(TOPIC, nodes.indexOf(node), null, "?"))
                .get(10, TimeUnit.SECONDS)
                .timestamp();
        long after = System.currentTimeMillis();
        if (stamped < before) {
            return stamped - before;
        }
        return Math.max(0, stamped - after);
    }

    @Override
    public void close() {
        producer.close();
    }
}
