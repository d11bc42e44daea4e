/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.config.NodeConfig;
import io.klamm.metadata.fact.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The node's sockets: CONTROLLER serves at once, the others when the broker's roles are published. */
final class NodeListeners implements AutoCloseable {
    static NodeListeners bind(
            NodeConfig config, NodeThreads threads, @Nullable ControllerNode voter, @Nullable BrokerNode broker) {
        throw new UnsupportedOperationException();
    }

    List<Endpoint> advertised() {
        throw new UnsupportedOperationException();
    }

    void serveClients() {}

    void closeClients() {}

    @Override
    public void close() {}
}
