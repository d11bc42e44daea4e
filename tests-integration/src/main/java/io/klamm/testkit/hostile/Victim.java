/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Whom an assault is aimed at.
 *
 * @param door which of the node's ports
 * @param address of that port
 * @param clients where the same node serves ordinary clients
 * @param node what can be seen of it from outside
 */
record Victim(Door door, InetSocketAddress address, InetSocketAddress clients, NodeWatch node) {
    /** Ports of a node. */
    enum Door {
        CLIENTS,
        CONTROLLER,
        RAFT
    }

    HostileConnection connect(int timeoutMs) throws IOException {
        return new HostileConnection(address, timeoutMs);
    }

    @Override
    public String toString() {
        return "node " + node.nodeId() + ", " + door;
    }
}
