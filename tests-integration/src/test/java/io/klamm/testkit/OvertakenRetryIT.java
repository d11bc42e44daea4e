/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.ReadRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/**
 * A producer may have five requests in flight to one node, but any number of batches may pass one that waits for another node's answer.
 * When that is sent again, the new leader does not remember it any more. It is acknowledged all the same, without an offset.
 */
class OvertakenRetryIT {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final String TOPIC = "orders";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final String CLIENT = "overtaken-client";

    @Test
    void aRetryThatLaterBatchesHaveOvertakenIsAcknowledgedAndThereOnce() throws Exception {
        try (KlammCluster cluster = KlammCluster.start("overtaken", 1, Map.of());
                WithholdingProxy proxy = new WithholdingProxy(cluster.port(2), CLIENT);
                Admin admin = cluster.admin()) {
            cluster.addBroker().startWith("advertised.listeners=PLAINTEXT://127.0.0.1:" + proxy.port());
            cluster.awaitBrokers(2);
            admin.createTopics(List.of(new NewTopic(TOPIC, Map.of(0, List.of(2, 1), 1, List.of(1, 2)))))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            Await.until("2 leads", WAIT, () -> cluster.leaderOf(TOPIC, 0) == 2);
            cluster.awaitFullIsr(TOPIC);

            List<String> values = new ArrayList<>(List.of("first", "overtaken"));
            try (KafkaProducer<String, String> producer = producer(cluster.bootstrap(1))) {
                // It is connected to both, and asks for metadata where it waits for nothing.
                producer.send(new ProducerRecord<>(TOPIC, 1, null, "elsewhere")).get(30, TimeUnit.SECONDS);
                send(producer, "first").get(30, TimeUnit.SECONDS);
                proxy.withhold();
                Future<RecordMetadata> overtaken = send(producer, "overtaken");
                Await.until(
                        "it is committed",
                        WAIT,
                        () -> Objects.requireNonNull(admin.listOffsets(Map.of(PARTITION, OffsetSpec.latest()))
                                                .all()
                                                .get(20, TimeUnit.SECONDS)
                                                .get(PARTITION))
                                        .offset()
                                == 2);
                lead(admin, 1, 2);
                Await.until("the producer knows that 1 leads", WAIT, () -> {
                    Node leader = producer.partitionsFor(TOPIC).get(0).leader();
                    return leader != null && leader.id() == 1;
                });
                for (int later = 0; later < 6; later++) {
                    values.add("later-" + later);
                    assertThat(send(producer, "later-" + later)
                                    .get(30, TimeUnit.SECONDS)
                                    .offset())
                            .isEqualTo(2 + later);
                }
                assertThat(overtaken).isNotDone();

                proxy.cut();
                assertThat(overtaken.get(60, TimeUnit.SECONDS).hasOffset()).isFalse();
            }
            assertThat(TopicReader.readAll(cluster.bootstrap(1), TOPIC, 1, WAIT))
                    .flatExtracting(Contents::records)
                    .extracting(ReadRecord::value)
                    .isEqualTo(values);
        }
    }

    /** Nothing is copied; only the order, and with it the preferred leader, is another one. */
    private static void lead(Admin admin, Integer leader, Integer follower) throws Exception {
        admin.alterPartitionReassignments(
                        Map.of(PARTITION, Optional.of(new NewPartitionReassignment(List.of(leader, follower)))))
                .all()
                .get(30, TimeUnit.SECONDS);
        admin.electLeaders(ElectionType.PREFERRED, Set.of(PARTITION)).all().get(30, TimeUnit.SECONDS);
    }

    private static KafkaProducer<String, String> producer(String bootstrap) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        CLIENT,
                        ProducerConfig.METADATA_MAX_AGE_CONFIG,
                        200),
                new StringSerializer(),
                new StringSerializer());
    }

    private static Future<RecordMetadata> send(KafkaProducer<String, String> producer, String value) {
        return producer.send(new ProducerRecord<>(TOPIC, 0, null, value));
    }
}
