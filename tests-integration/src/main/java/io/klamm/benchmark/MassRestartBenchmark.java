/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark;

import io.klamm.testkit.Await;
import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeHosts;
import io.klamm.testkit.NodeProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Many partitions: how long it takes to create them, what they cost while nothing happens, and how long the cluster needs when all of its
 * nodes are killed with kill -9 and started again. Three nodes, replication factor 3, node settings as they are by default; each stage with
 * the CPU time that the nodes used for it. Nothing is asserted.
 *
 * <p>System properties: partitions.programs (klamm, kafka, or both with a comma); partitions.counts, one run of each program for each; partitions.idle.seconds, how long each look at an idle cluster takes.
 */
public final class MassRestartBenchmark {
    private static final int NODES = 3;
    private static final int PARTITIONS_PER_TOPIC = 100;
    private static final int TOPICS_PER_REQUEST = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final long IDLE_SECONDS = Long.getLong("partitions.idle.seconds", 10);

    private final BrokerProgram program;
    private final int topics;
    private final KlammCluster cluster;

    private MassRestartBenchmark(BrokerProgram program, int partitions) {
        this.program = program;
        this.topics = Math.max(1, partitions / PARTITIONS_PER_TOPIC);
        this.cluster = KlammCluster.define("mass-restart", program, NodeHosts.LOOPBACK, NODES, Map.of());
    }

    public static void main(String[] args) throws Exception {
        System.out.println(
                "| program | partitions | stage | seconds | CPU seconds of the nodes | resident MiB of the nodes |");
        System.out.println("| --- | ---: | --- | ---: | ---: | ---: |");
        for (String count : List.of(
                System.getProperty("partitions.counts", "1000 10000").trim().split(" +"))) {
            for (String program :
                    List.of(System.getProperty("partitions.programs", "klamm").split(","))) {
                new MassRestartBenchmark(BrokerProgram.named(program), Integer.parseInt(count)).run();
            }
        }
    }

    private void run() throws Exception {
        try (KlammCluster running = cluster) {
            Stage start = new Stage("start of three empty nodes", 0);
            running.startAll();
            start.done();
            idle("idle without partitions");
            Stage creation = new Stage("create", cpuSeconds());
            create();
            creation.done();
            awaitLeaders();
            creation.done("create, all leaders serve");
            idle("idle just after");
            awaitFullIsr();
            writeEverywhere();
            idle("idle after a record in each");
            running.killAll();
            restart();
            idle("idle after the restart");
        }
    }

    private void restart() throws Exception {
        Stage restart = new Stage("restart", 0);
        cluster.nodes().forEach(NodeProcess::start);
        CompletableFuture<Void> leaders = CompletableFuture.runAsync(() -> {
            awaitLeaders();
            restart.done("kill -9 of all, to all leaders serving");
        });
        try (KafkaProducer<String, String> producer = producer()) {
            producer.send(new ProducerRecord<>(topic(0), 0, "key", "after")).get();
            restart.done("kill -9 of all, to the first acknowledged record");
        }
        leaders.get();
        awaitFullIsr();
        restart.done("kill -9 of all, to all replicas in sync");
    }

    private void create() throws Exception {
        try (Admin admin = admin()) {
            for (int first = 0; first < topics; first += TOPICS_PER_REQUEST) {
                List<NewTopic> some = new ArrayList<>();
                for (int i = first; i < Math.min(topics, first + TOPICS_PER_REQUEST); i++) {
                    some.add(new NewTopic(topic(i), PARTITIONS_PER_TOPIC, (short) NODES));
                }
                for (KafkaFuture<Void> created :
                        admin.createTopics(some).values().values()) {
                    awaitCreated(created);
                }
            }
        }
    }

    /** A client that repeats a request whose outcome it does not know hears that the topic exists. */
    private static void awaitCreated(KafkaFuture<Void> created) throws Exception {
        try {
            created.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private void writeEverywhere() throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < topics; i++) {
                for (int partition = 0; partition < PARTITIONS_PER_TOPIC; partition++) {
                    sent.add(producer.send(new ProducerRecord<>(topic(i), partition, "key", "before")));
                }
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
    }

    /** With the client's own time-outs. */
    private Admin admin() {
        return Admin.create(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrap()));
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.bootstrap(),
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        PATIENCE.toMillis(),
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        (int) PATIENCE.toMillis()),
                new StringSerializer(),
                new StringSerializer());
    }

    /** Until each partition has a leader that says where its log ends. */
    private void awaitLeaders() {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int i = 0; i < topics; i++) {
            for (int partition = 0; partition < PARTITIONS_PER_TOPIC; partition++) {
                ends.put(new TopicPartition(topic(i), partition), OffsetSpec.latest());
            }
        }
        Await.until("all leaders serve", PATIENCE, () -> {
            try (Admin admin = admin()) {
                return admin.listOffsets(ends).all().get(60, TimeUnit.SECONDS).size() == ends.size();
            }
        });
    }

    private void awaitFullIsr() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < topics; i++) {
            names.add(topic(i));
        }
        Await.until("all replicas are in sync", PATIENCE, () -> {
            try (Admin admin = admin()) {
                return admin.describeTopics(names).allTopicNames().get(60, TimeUnit.SECONDS).values().stream()
                        .flatMap(topic -> topic.partitions().stream())
                        .allMatch(partition -> partition.isr().size() == NODES);
            }
        });
    }

    /** What the nodes use while nobody asks them for anything. */
    private void idle(String what) throws InterruptedException {
        Stage stage = new Stage(what, cpuSeconds());
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        stage.done();
    }

    private static String topic(int i) {
        return "topic-" + i;
    }

    private double cpuSeconds() {
        return ProcessUsage.cpuSeconds(pids());
    }

    private List<Long> pids() {
        return cluster.nodes().stream().map(NodeProcess::pid).toList();
    }

    /** Something that takes time; the table gets a line when it is done. */
    private final class Stage {
        private final String what;
        private final double cpuBefore;
        private final long began = System.nanoTime();

        Stage(String what, double cpuBefore) {
            this.what = what;
            this.cpuBefore = cpuBefore;
        }

        void done() {
            done(what);
        }

        void done(String milestone) {
            System.out.println(String.format(
                    Locale.ROOT,
                    "| %s | %d | %s | %.1f | %.2f | %d |",
                    program.name(),
                    topics * PARTITIONS_PER_TOPIC,
                    milestone,
                    (System.nanoTime() - began) / 1e9,
                    cpuSeconds() - cpuBefore,
                    ProcessUsage.residentMiB(pids())));
        }
    }
}
