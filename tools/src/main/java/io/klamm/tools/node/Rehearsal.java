/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.broker.config.NodeConfig;
import io.klamm.broker.lifecycle.Broker;
import io.klamm.broker.lifecycle.NodeOutcome;
import io.klamm.broker.metrics.JmxMetrics;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A cluster of three nodes in one process that does what clusters do, once: it starts, takes records, gives them to a consumer group, and
 * stops. A JVM that runs it with {@code -XX:ArchiveClassesAtExit} keeps the classes of a node (and of the clients that commands use) in the form in
 * which it needs them, see {@link PrepareCommand}.
 */
final class Rehearsal {
    private static final int NODES = 3;
    private static final int RECORDS = 1_000;
    private static final int ATTEMPTS = 20;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final String TOPIC = "rehearsal";

    private Rehearsal() {}

    /** @param arguments an empty directory */
    public static void main(String[] arguments) throws Exception {
        System.setProperty("logback.configurationFile", "logback-node.xml");
        NodeLog.bridgeJavaLogging();
        QuickstartPlan plan =
                new QuickstartPlan(NODES, freePort(), Uuid.randomUuid().toString(), Path.of(arguments[0]));
        List<Broker> nodes = new ArrayList<>();
        try {
            for (int id : plan.nodeIds().toArray()) {
                Broker node = Broker.start(config(plan, id));
                nodes.add(node);
            }
            long deadline = System.nanoTime() + LIMIT_NS;
            for (Broker node : nodes) {
                node.running().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            JmxMetrics exposed = JmxMetrics.expose(nodes.get(0).metrics());
            try {
                use(plan.bootstrap(), deadline);
            } finally {
                exposed.close();
            }
        } finally {
            // The last one first: what leads is passed on, as in a rolling restart.
            for (int i = nodes.size() - 1; i >= 0; i--) {
                nodes.get(i).stop();
            }
        }
        for (Broker node : nodes) {
            NodeOutcome.Ended ended = node.awaitEnd();
            if (ended.kind() != NodeOutcome.Kind.STOPPED) {
                throw new IllegalStateException(ended.message());
            }
        }
        System.exit(0); // as a node does, whatever threads of libraries are left
    }

    private static NodeConfig config(QuickstartPlan plan, int id) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(String.join("\n", plan.properties(id))));
        return NodeConfig.parse(properties, Map.of());
    }

    private static void use(String bootstrap, long deadline) throws Exception {
        try (WriteCheck check = new WriteCheck(NODES, bootstrap)) {
            while (!check.allServe()) {
                checkTime(deadline);
            }
            check.write();
        }
        produce(bootstrap, deadline);
        consume(bootstrap, deadline);
    }

    private static void produce(String bootstrap, long deadline) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, "first", "record"))
                    .get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            for (int i = 1; i < RECORDS; i++) {
                Future<RecordMetadata> unused = producer.send(new ProducerRecord<>(TOPIC, "key-" + i, "value"));
            }
        }
    }

    private static void consume(String bootstrap, long deadline) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.GROUP_ID_CONFIG,
                        TOPIC,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            for (int read = 0; read < RECORDS; read += consumer.poll(POLL).count()) {
                checkTime(deadline);
            }
            consumer.commitSync();
        }
    }

    private static void checkTime(long deadline) {
        if (System.nanoTime() - deadline > 0) {
            throw new IllegalStateException("no cluster within " + TimeUnit.NANOSECONDS.toSeconds(LIMIT_NS) + " s");
        }
    }

    /** A port whose successors, and those 1000 and 2000 above, are free as well. Below the range that systems give out by themselves. */
    private static int freePort() {
        SplittableRandom random = new SplittableRandom();
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = random.nextInt(11_000, 29_000);
            QuickstartPlan plan = new QuickstartPlan(NODES, port, "free", Path.of("/"));
            if (plan.nodeIds().boxed().flatMap(id -> plan.ports(id).stream()).allMatch(Rehearsal::isFree)) {
                return port;
            }
        }
        throw new IllegalStateException("no free ports on 127.0.0.1");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
