/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Await;
import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** Nodes as processes, which can be killed, stopped and frozen. */
abstract class ProcessGround implements Ground {
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration SIGNAL = Duration.ofSeconds(5);
    private static final int KILLED = 137; // 128 + SIGKILL

    private final KlammCluster cluster;

    /** @param cluster defined, not started; closed with the ground */
    ProcessGround(KlammCluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE);
    }

    @Override
    public List<Integer> nodes() {
        return cluster.nodes().stream().map(NodeProcess::nodeId).toList();
    }

    @Override
    public String bootstrap() {
        return cluster.bootstrap();
    }

    @Override
    public InetSocketAddress clientAddress(int node) {
        return cluster.clientAddress(node);
    }

    @Override
    public Path directory() {
        return cluster.directory();
    }

    @Override
    public Path dataDirectory(int node) {
        return home(node).resolve("data");
    }

    @Override
    public Path metadataDirectory(int node) {
        return dataDirectory(node);
    }

    /** Folder of a node. */
    final Path home(int node) {
        return cluster.node(node).directory();
    }

    @Override
    public void start() {
        cluster.startAll();
    }

    @Override
    public void createTopic(String topic, int partitions, Map<String, String> configs) {
        cluster.createTopic(topic, partitions, nodes().size(), configs);
    }

    @Override
    public void start(int node) {
        // One that could not be killed runs on: its kill has said so.
        if (!cluster.node(node).isAlive()) {
            cluster.node(node).start();
        }
    }

    @Override
    public void awaitWhole(Duration atMost) {
        // One that was restarted in a moment may never have been missed by the others: each is asked itself.
        for (Integer node : nodes()) {
            try (Admin admin = KlammCluster.admin(cluster.bootstrap(node))) {
                Await.until(
                        "node " + node + " knows all nodes; files in " + directory(),
                        atMost,
                        () -> admin.describeCluster()
                                        .nodes()
                                        .get(10, TimeUnit.SECONDS)
                                        .size()
                                == nodes().size());
            }
        }
    }

    @Override
    public void awaitInSync(List<String> topics, Duration atMost) {
        cluster.awaitFullIsr(topics, atMost);
    }

    @Override
    public Map<Integer, Integer> stopAll() {
        cluster.stop();
        return nodes().stream().collect(Collectors.toMap(Function.identity(), node -> cluster.node(node)
                .awaitExit(SIGNAL)));
    }

    @Override
    public List<Integer> leaders(String topic) {
        return cluster.leaders(topic);
    }

    @Override
    public int quorumLeader() {
        return cluster.quorumLeader();
    }

    @Override
    public Leaders leadersNow(TopicPartition partition, List<Integer> asked) {
        return Leaders.ask(partition, asked.stream().map(this::clientAddress).toList());
    }

    @Override
    public String kill(List<Integer> nodes) {
        long beganNanos = System.nanoTime();
        sendKills(nodes);
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - beganNanos);
        List<String> evidence = new ArrayList<>();
        FirstFailure failures = new FirstFailure();
        nodes.forEach(node -> failures.in(() -> evidence.add(killed(cluster.node(node)))));
        failures.rethrow();
        return String.join("; ", evidence) + (nodes.size() > 1 ? "; all within " + micros + " µs" : "");
    }

    /** kill -9 to each, without waiting for their ends. */
    void sendKills(List<Integer> nodes) {
        nodes.forEach(node -> cluster.node(node).sendKill());
    }

    private static String killed(NodeProcess process) {
        int code = process.awaitExit(SIGNAL);
        if (code != KILLED) {
            throw new AssertionError("node " + process.nodeId() + " was not killed: it had ended with code " + code
                    + "; " + process.tail());
        }
        return "node " + process.nodeId() + ": process " + process.pid() + " ended with code " + code;
    }

    @Override
    public String stop(int node) {
        NodeProcess process = cluster.node(node);
        long pid = process.pid();
        int code = process.stop(STOP);
        if (code != 0) {
            throw new AssertionError("node " + node + " stopped with code " + code + "; " + process.tail());
        }
        return "node " + node + ": process " + pid + " ended with code " + code;
    }

    @Override
    public String pause(List<Integer> nodes) {
        NodeProcess.pause(nodes.stream().map(cluster::node).toList());
        return nodes.stream().map(this::paused).collect(Collectors.joining("; "));
    }

    private String paused(int node) {
        Await.until("node " + node + " is stopped by a signal", SIGNAL, () -> state(
                        Path.of("/proc", Long.toString(pid(node)), "stat"))
                .equals("T"));
        return "node " + node + ": process " + pid(node) + " is in state T";
    }

    final boolean isAlive(int node) {
        return cluster.node(node).isAlive();
    }

    /** Waits until a node has ended by itself; returns its code. */
    final int awaitExit(int node, Duration atMost) {
        return cluster.node(node).awaitExit(atMost);
    }

    /** Id of a node's process. */
    final long pid(int node) {
        return cluster.node(node).pid();
    }

    /** State of a process or a thread, as Linux shows it behind the name of the program, which is in parentheses. */
    static String state(Path stat) throws IOException {
        String line = Files.readString(stat);
        int behindName = line.lastIndexOf(')') + 2;
        return line.substring(behindName, behindName + 1);
    }

    @Override
    public void resume(int node) {
        cluster.node(node).resume();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
