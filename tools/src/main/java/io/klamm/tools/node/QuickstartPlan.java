/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.node;

import io.klamm.tools.CommandException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where the nodes of a quickstart live. Pure.
 *
 * <p>Ports, for node number i from 0: clients {@code port + i}, CONTROLLER {@code port + 1000 + i}, Raft {@code port + 2000 +
 * i}; below the port instead of above it when it is too high for that.
 *
 * @param nodes number of nodes; the first ones vote: an odd number of them, at most five
 * @param port client port of the first node
 * @param clusterId id of the cluster
 * @param directory home of all nodes; absolute
 */
record QuickstartPlan(int nodes, int port, String clusterId, Path directory) {
    static final int MAX_NODES = 100;
    private static final int MAX_VOTERS = 5;
    private static final int STEP = 1000;
    private static final int LAST_PORT = 65_535;

    QuickstartPlan {
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new CommandException("--nodes " + nodes + ": expected 1 to " + MAX_NODES);
        }
        if (port < 1 || port + nodes - 1 > LAST_PORT) {
            throw new CommandException(
                    "--port " + port + ": the ports of " + nodes + " nodes must lie in 1 to " + LAST_PORT);
        }
    }

    /** An even number of voters survives no more failures than one voter less, so it is never chosen. */
    int voters() {
        int most = Math.min(nodes, MAX_VOTERS);
        return most % 2 == 1 ? most : most - 1;
    }

    int clientPort(int nodeId) {
        return port + nodeId - 1;
    }

    int controllerPort(int nodeId) {
        return clientPort(nodeId) + raftPortOffset();
    }

    int raftPort(int nodeId) {
        return controllerPort(nodeId) + raftPortOffset();
    }

    int raftPortOffset() {
        return port + 2 * STEP + nodes - 1 <= LAST_PORT ? STEP : -STEP;
    }

    boolean isVoter(int nodeId) {
        return nodeId <= voters();
    }

    IntStream nodeIds() {
        return IntStream.rangeClosed(1, nodes);
    }

    /** Ports that a node listens on. */
    List<Integer> ports(int nodeId) {
        return isVoter(nodeId)
                ? List.of(clientPort(nodeId), controllerPort(nodeId), raftPort(nodeId))
                : List.of(clientPort(nodeId));
    }

    Path nodeDirectory(int nodeId) {
        return directory.resolve("node-" + nodeId);
    }

    String bootstrap() {
        return nodeIds().mapToObj(id -> "127.0.0.1:" + clientPort(id)).collect(Collectors.joining(","));
    }

    /** The node's server.properties. */
    List<String> properties(int nodeId) {
        String voters = IntStream.rangeClosed(1, voters())
                .mapToObj(id -> id + "@127.0.0.1:" + controllerPort(id))
                .collect(Collectors.joining(","));
        boolean voter = isVoter(nodeId);
        List<String> lines = new ArrayList<>();
        lines.add("# Written by klamm quickstart at every start; use its --override for changes.");
        lines.add("process.roles=" + (voter ? "broker,controller" : "broker"));
        lines.add("node.id=" + nodeId);
        lines.add("cluster.id=" + clusterId);
        lines.add("controller.quorum.voters=" + voters);
        lines.add("listeners=PLAINTEXT://127.0.0.1:" + clientPort(nodeId)
                + (voter ? ",CONTROLLER://127.0.0.1:" + controllerPort(nodeId) : ""));
        lines.add("advertised.listeners=PLAINTEXT://127.0.0.1:" + clientPort(nodeId));
        lines.add("listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        lines.add("controller.listener.names=CONTROLLER");
        lines.add("inter.broker.listener.name=PLAINTEXT");
        lines.add("raft.port.offset=" + raftPortOffset());
        lines.add("log.dirs=" + escaped(nodeDirectory(nodeId).resolve("data")));
        return lines;
    }

    private static String escaped(Path path) {
        return path.toString().replace("\\", "\\\\");
    }
}
