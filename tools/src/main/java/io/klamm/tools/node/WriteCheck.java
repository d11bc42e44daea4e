/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DeleteTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Whether a new cluster takes records: all its brokers serve, and a record written with acks=all to a topic made for it, and
 * deleted after it, is acknowledged.
 */
final class WriteCheck implements AutoCloseable {
    private static final int STEP_TIMEOUT_MS = 5_000;

    private final int brokers;
    private final String bootstrap;
    private final Admin admin;
    private final String topic = "klamm-quickstart-check-" + Uuid.randomUuid();

    WriteCheck(int brokers, String bootstrap) {
        this.brokers = brokers;
        this.bootstrap = bootstrap;
        this.admin = Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                CommonClientConfigs.CLIENT_ID_CONFIG,
                "klamm-quickstart",
                AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG,
                20,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                100,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                1_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                1_000,
                CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG,
                ""));
    }

    /** Whether all brokers serve right now; blocks for at most a second or two. */
    boolean allServe() throws InterruptedException {
        try {
            return admin.describeCluster()
                            .nodes()
                            .get(STEP_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                            .size()
                    == brokers;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    /**
     * Writes the record. May be called again after a failure: it goes on with the same topic, and so leaves none behind.
     *
     * @throws KafkaException with the reason when it was not acknowledged
     */
    void write() throws InterruptedException {
        try {
            create();
            try (KafkaProducer<byte[], byte[]> producer = producer()) {
                producer.send(new ProducerRecord<>(topic, new byte[] {'o', 'k'}))
                        .get(2 * STEP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            }
            admin.deleteTopics(List.of(topic), new DeleteTopicsOptions().timeoutMs(STEP_TIMEOUT_MS))
                    .all()
                    .get(2 * STEP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new KafkaException(String.valueOf(cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw new KafkaException("no answer in time", e);
        }
    }

    private void create() throws InterruptedException, ExecutionException, TimeoutException {
        NewTopic wanted = new NewTopic(topic, 1, (short) Math.min(3, brokers));
        try {
            admin.createTopics(List.of(wanted), new CreateTopicsOptions().timeoutMs(STEP_TIMEOUT_MS))
                    .all()
                    .get(2 * STEP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            // An earlier attempt may have created it although its answer was late.
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        STEP_TIMEOUT_MS,
                        ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG,
                        ""),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @Override
    public void close() {
        admin.close(java.time.Duration.ZERO);
    }
}
