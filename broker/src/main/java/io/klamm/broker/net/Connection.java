/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.broker.security.ClientPrincipal;
import java.net.InetSocketAddress;
import org.apache.kafka.common.message.ApiVersionsRequestData;

/** What is known of a client connection. Its changing fields belong to the event loop. */
final class Connection {
    final long id;
    final ListenerSpec listener;
    final InetSocketAddress client;

    /** Set by the SASL or TLS handler once there is one; anonymous until then. */
    ClientPrincipal principal = ClientPrincipal.ANONYMOUS;

    /** What the client calls itself (KIP-511), or "unknown". */
    private String software = "unknown";

    /** Bytes that have come in. */
    long bytesReceived;

    Connection(long id, ListenerSpec listener, InetSocketAddress client) {
        this.id = id;
        this.listener = listener;
        this.client = client;
    }

    void remember(ApiVersionsRequestData versions) {
        if (!versions.clientSoftwareName().isEmpty()) {
            software = versions.clientSoftwareName() + "/" + versions.clientSoftwareVersion();
        }
    }

    /** For logs: who, by which way. */
    @Override
    public String toString() {
        return "connection " + id + " from " + client.getAddress().getHostAddress() + ":" + client.getPort() + " on "
                + listener.name() + " (" + software + ")";
    }
}
