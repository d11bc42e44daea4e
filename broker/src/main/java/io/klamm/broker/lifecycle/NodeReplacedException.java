/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import org.apache.kafka.common.Uuid;

/**
 * Another process has registered under this node's id. Its replicas are given up, and whatever that process does next, they cannot be
 * taken up again: the node ends.
 */
final class NodeReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NodeReplacedException(int nodeId, Uuid incarnationId) {
        super("another process (incarnation " + incarnationId + ") has registered as node " + nodeId
                + ", so this one must not go on; give every process a node.id of its own");
    }
}
