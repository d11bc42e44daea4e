/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.benchmark.ProcessUsage;
import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeHosts;
import io.klamm.testkit.NodeProcess;
import io.klamm.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Three combined nodes of one program with their own default settings, and what they use. Topics have three replicas. */
final class Subject implements AutoCloseable {
    static final int NODES = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final BrokerProgram program;
    private final KlammCluster cluster;
    private final double startSeconds;
    private int topics;

    private Subject(BrokerProgram program, KlammCluster cluster, double startSeconds) {
        this.program = program;
        this.cluster = cluster;
        this.startSeconds = startSeconds;
    }

    /** Starts three empty nodes and waits until a record is acknowledged. */
    static Subject start(BrokerProgram program) throws Exception {
        KlammCluster cluster = KlammCluster.define("comparison", program, NodeHosts.LOOPBACK, NODES, Map.of());
        try {
            long began = System.nanoTime();
            cluster.nodes().forEach(NodeProcess::start);
            awaitRecord(cluster.bootstrap());
            return new Subject(program, cluster, (System.nanoTime() - began) / 1e9);
        } catch (Throwable e) {
            cluster.close();
            throw e;
        }
    }

    /** To a topic that is made by the asking for it, as a newcomer does it. */
    private static void awaitRecord(String bootstrap) throws Exception {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                100,
                ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG,
                100,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                PATIENCE.toMillis());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("first", new byte[1])).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    String program() {
        return program.name();
    }

    /** From the start of the processes to the first acknowledged record. */
    double startSeconds() {
        return startSeconds;
    }

    String bootstrap() {
        return cluster.bootstrap();
    }

    List<Long> pids() {
        return cluster.nodes().stream().map(NodeProcess::pid).toList();
    }

    double cpuSeconds() {
        return ProcessUsage.cpuSeconds(pids());
    }

    String newTopic(int partitions, Map<String, String> configs) {
        String topic = "load-" + topics++;
        cluster.createTopic(topic, partitions, NODES, configs);
        cluster.awaitFullIsr(topic, PATIENCE);
        return topic;
    }

    void delete(String topic) throws Exception {
        try (Admin admin = cluster.admin()) {
            admin.deleteTopics(List.of(topic)).all().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Of the segments of a topic that the nodes have not yet given up, on all nodes. */
    long bytesOnDisk(String topic) throws IOException {
        long sum = 0;
        for (Path file : files(topic)) {
            if (file.toString().endsWith(".log")) {
                try {
                    sum += Files.size(file);
                } catch (NoSuchFileException e) {
                    // deleted since it was listed
                }
            }
        }
        return sum;
    }

    private List<Path> files(String topic) throws IOException {
        List<Path> files = new ArrayList<>();
        for (NodeProcess node : cluster.nodes()) {
            try (Stream<Path> all = Files.list(node.directory().resolve("data"))) {
                for (Path folder : all.filter(
                                path -> path.getFileName().toString().startsWith(topic + "-"))
                        .toList()) {
                    try (Stream<Path> of = Files.list(folder)) {
                        of.filter(Files::isRegularFile).forEach(files::add);
                    }
                }
            }
        }
        return files;
    }

    /** Takes a topic's files out of the page cache, on all nodes. */
    void evict(String topic) throws IOException {
        for (Path file : files(topic)) {
            // Without "count=0" dd would copy; with it, it only tells the system that the file is not needed. What is
            // dirty must be written first.
            Programs.run(PATIENCE, List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"))
                    .expectSuccess();
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
