/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.util.List;

/** Where a cluster's nodes live. */
public interface NodeHosts {
    /** All on loopback. */
    NodeHosts LOOPBACK = nodeId -> "127.0.0.1";

    /** Address of a node, for the other ones. */
    String address(int nodeId);

    /** Address at which clients reach a node. If it is another one than for nodes, it has a listener and a port of its own. */
    default String clientAddress(int nodeId) {
        return address(nodeId);
    }

    /** What stands before a command that is to run there; it must replace its own process. */
    default List<String> prefix(int nodeId) {
        return List.of();
    }

    /**
     * Starts a node's program there. What it writes is added to the node's log file.
     *
     * @param command with the prefix
     */
    default Process start(NodeProcess node, List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(node.logFile().toFile()))
                .start();
    }
}
