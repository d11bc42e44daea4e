/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.Ports;

/**
 * Ports of a node.
 *
 * @param broker at which it serves other brokers
 */
record NodePorts(int broker, int controller, int raft) {
    static NodePorts of(KlammCluster cluster, int node) {
        int controller = cluster.controllerPort(node);
        return new NodePorts(cluster.nodesPort(node), controller, controller + Ports.RAFT_OFFSET);
    }
}
