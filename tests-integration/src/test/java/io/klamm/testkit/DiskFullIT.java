/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.HistoryJudge;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The disks of all nodes run full while a producer writes with acks=all: it is held back, goes on by itself when there is room again, and
 * nothing acknowledged is lost, no process ends, and no log dir goes offline.
 */
@EnabledIf("io.klamm.testkit.LoopDisk#available")
class DiskFullIT {
    private static final String TOPIC = "orders";
    private static final String PROBES = "probes";
    private static final int PARTITIONS = 3;
    private static final int MANY = 700;
    private static final long RESERVE = 8 << 20;
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final KlammCluster cluster = KlammCluster.define(
            "disk-full",
            3,
            Map.of(
                    "log.dirs", KlammCluster.HOME + "/disk/data",
                    "metadata.log.dir", KlammCluster.HOME + "/metadata",
                    "log.dir.reserve.bytes", Long.toString(RESERVE)));
    private final List<LoopDisk> disks = new ArrayList<>();
    private final List<RecordedProducer> producers = new ArrayList<>();

    @BeforeEach
    void start() {
        cluster.nodes()
                .forEach(node -> disks.add(LoopDisk.mount(node.directory().resolve("disk"), 64)));
        cluster.startAll();
        cluster.createTopic(TOPIC, PARTITIONS, 3, Map.of("min.insync.replicas", "2"));
        cluster.createTopic(PROBES, PARTITIONS, 3, Map.of());
        producers.add(new RecordedProducer(0, cluster.bootstrap(), TOPIC, PARTITIONS, Map.of()).start());
        awaitProgress();
    }

    @AfterEach
    void stop() {
        producers.forEach(RecordedProducer::close);
        cluster.close();
        disks.forEach(LoopDisk::close);
    }

    @Test
    void belowTheReserveProducersWaitAndGoOnByThemselves() {
        disks.forEach(disk -> disk.fill(RESERVE - (1 << 20)));
        awaitRefusals();
        // A consumer does not notice.
        int acked = (int) producers.get(0).acked();
        assertThat(TopicReader.readAll(cluster.bootstrap(), TOPIC, PARTITIONS, WAIT))
                .flatExtracting(Contents::records)
                .hasSizeGreaterThanOrEqualTo(acked);
        cluster.createTopic("another", 1, 3, Map.of());

        disks.forEach(LoopDisk::free);
        awaitProgress();
        finishAndJudge();
    }

    @Test
    void aDiskThatIsFullAtOnceTakesNothingOfflineAndLosesNothing() {
        disks.forEach(LoopDisk::fillUp);
        awaitRefusals();

        disks.forEach(LoopDisk::free);
        awaitProgress();
        finishAndJudge();
        for (NodeProcess node : cluster.nodes()) {
            assertThat(node.logFile()).content().doesNotContain("goes offline").contains("has room again");
        }
    }

    @Test
    void withoutAByteLeftNodesStartAndLogsAreMadeAndThoseThatFindNoRoomWaitForIt() throws Exception {
        disks.forEach(LoopDisk::fillUp);
        awaitRefusals();
        NodeProcess dying = cluster.node(cluster.leaderOf(TOPIC, 0));
        dying.kill();
        dying.start();
        cluster.awaitBrokers(3);
        cluster.createTopic("few", 3, 3, Map.of());
        try (Admin admin = cluster.admin()) { // more than what there is to give away can hold
            admin.createTopics(List.of(new NewTopic("many", MANY, (short) 3)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        for (NodeProcess node : cluster.nodes()) {
            Await.until("node " + node.nodeId() + " has no room for a log", WAIT, () -> Files.readString(node.logFile())
                    .lines()
                    .anyMatch(line -> line.contains("(many-") && line.contains(" is offline: ")));
        }

        disks.forEach(LoopDisk::free);
        awaitProgress();
        cluster.awaitFullIsr("few");
        cluster.awaitFullIsr("many");
        finishAndJudge();
        for (NodeProcess node : cluster.nodes()) {
            assertThat(node.logFile()).content().doesNotContain("goes offline").contains("gives its ballast");
        }
    }

    /** Each partition refuses with the retriable error, and the producer, which retries, gets nothing acknowledged meanwhile. */
    private void awaitRefusals() {
        try (KafkaProducer<byte[], byte[]> impatient = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.RETRIES_CONFIG,
                        0,
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        false,
                        ProducerConfig.ACKS_CONFIG,
                        "1"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int each = partition;
                Await.until(
                        "the leader of partition " + each + " refuses",
                        WAIT,
                        () -> refuses(impatient, new ProducerRecord<>(PROBES, each, null, new byte[1])));
            }
        }
        long acked = producers.get(0).acked();
        assertThat(acked).isPositive();
    }

    private static boolean refuses(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record)
            throws Exception {
        try {
            producer.send(record).get(10, TimeUnit.SECONDS);
            return false;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KafkaStorageException) {
                return true;
            }
            throw e; // a leader that has just moved, say
        }
    }

    private void awaitProgress() {
        producers.forEach(producer -> producer.awaitProgress(500, WAIT));
    }

    private void finishAndJudge() {
        List<Send> sends = new ArrayList<>();
        producers.forEach(producer -> sends.addAll(producer.finish()));
        producers.clear();
        assertThat(sends).noneMatch(send -> send.outcome() != Outcome.OK);
        assertThat(cluster.nodes()).allMatch(NodeProcess::isAlive);
        cluster.awaitFullIsr(TOPIC);
        List<Contents> reads = TopicReader.readAll(cluster.bootstrap(), TOPIC, PARTITIONS, WAIT);
        assertThat(HistoryJudge.anomalies(sends, reads))
                .as("files in " + cluster.directory())
                .isEmpty();
    }
}
