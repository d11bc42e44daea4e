/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;

import io.klamm.broker.config.NodeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Combined nodes (and brokers outside the quorum) inside this JVM, on loopback. */
final class TestNodes implements AutoCloseable {
    private static final int RAFT_OFFSET = 10_000;
    /** All ports, with those of Raft, lie below the range that the system gives to outgoing connections. */
    private static final int FIRST_PORT = 12_000;

    private static final int PORTS = 8_000;
    /** No port is given twice. */
    private static final AtomicInteger NEXT_PORT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

    private final Path directory;
    private final int voters;
    private final Map<Integer, Integer> clientPorts = new TreeMap<>();
    private final Map<Integer, Integer> controllerPorts = new TreeMap<>();
    private final Map<Integer, Broker> running = new TreeMap<>();
    private String voterRoles = "broker,controller";

    TestNodes(Path directory, int voters) {
        this.directory = directory;
        this.voters = voters;
        for (int node = 1; node <= voters; node++) {
            clientPorts.put(node, freePort(0));
            controllerPorts.put(node, freePort(RAFT_OFFSET));
        }
    }

    private static int freePort(int alsoFreeAt) {
        for (int attempt = 0; attempt < PORTS; attempt++) {
            int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
            if (isFree(port) && isFree(port + alsoFreeAt)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port");
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Voters without brokers. */
    TestNodes controllersOnly() {
        voterRoles = "controller";
        return this;
    }

    void startAll() {
        clientPorts.keySet().forEach(this::start);
    }

    Broker start(int node) {
        Broker broker = Broker.start(NodeConfig.parse(properties(node)));
        running.put(node, broker);
        return broker;
    }

    /** A node that is not a voter. */
    Broker startBrokerOnly(int node) {
        clientPorts.computeIfAbsent(node, id -> freePort(0));
        return start(node);
    }

    Map<String, String> properties(int node) {
        boolean voter = node <= voters;
        Map<String, String> properties = new HashMap<>();
        properties.put("node.id", Integer.toString(node));
        properties.put("process.roles", voter ? voterRoles : "broker");
        String client = "PLAINTEXT://127.0.0.1:" + clientPorts.get(node);
        String controller = "CONTROLLER://127.0.0.1:" + controllerPorts.get(node);
        boolean serves = !voter || voterRoles.contains("broker");
        properties.put("listeners", !voter ? client : serves ? client + "," + controller : controller);
        if (serves) {
            properties.put("advertised.listeners", client);
            properties.put("inter.broker.listener.name", "PLAINTEXT");
        }
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put(
                "controller.quorum.voters",
                controllerPorts.entrySet().stream()
                        .map(voterPort -> voterPort.getKey() + "@127.0.0.1:" + voterPort.getValue())
                        .collect(Collectors.joining(",")));
        properties.put("raft.port.offset", Integer.toString(RAFT_OFFSET));
        properties.put("log.dirs", directory(node).toString());
        // Three voters in one JVM that is not alone on its machine: longer than in production.
        properties.put("quorum.election.timeout.min.ms", "500");
        properties.put("quorum.election.timeout.max.ms", "1000");
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        return properties;
    }

    Broker node(int node) {
        return requireNonNull(running.get(node), "node does not run");
    }

    List<Integer> nodeIds() {
        return new ArrayList<>(running.keySet());
    }

    String bootstrap() {
        return running.keySet().stream()
                .map(node -> "127.0.0.1:" + clientPorts.get(node))
                .collect(Collectors.joining(","));
    }

    String controllers() {
        return controllerPorts.values().stream()
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
    }

    String address(int node) {
        return "127.0.0.1:" + clientPorts.get(node);
    }

    /** Where the node's logs and its voter's directory are. */
    Path directory(int node) {
        return directory.resolve("node-" + node);
    }

    void stop(int node) {
        Broker broker = running.remove(node);
        if (broker != null) {
            broker.stop();
        }
    }

    /** As near to kill -9 as one process allows: no word to the others, no clean mark. */
    void kill(int node) {
        Broker broker = running.remove(node);
        if (broker != null) {
            broker.halt();
        }
    }

    @Override
    public void close() {
        List<Thread> stopping = new ArrayList<>();
        for (int node : nodeIds()) {
            Thread thread = new Thread(() -> node(node).stop(), "stop-" + node);
            thread.start();
            stopping.add(thread);
        }
        for (Thread thread : stopping) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException(e));
            }
        }
    }
}
