/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * One connection to another node, speaking Kafka frames. Requests are answered in order; a request that times out closes the
 * connection, since its answer would hold up the ones behind it. Reconnects by itself with back-off at the next send.
 * Thread-safe.
 */
public interface PeerChannel extends AutoCloseable {
    /**
     * Sends a request. The version is the highest that both sides know, found by ApiVersions once a connection.
     *
     * @param request a request message of kafka-clients (its api key says the API)
     * @param timeoutMs from now to the answer, connecting included
     * @return the response message; exceptionally with {@link PeerException}. Completed on the connection's event loop. Zero-copy
     *     fields (records) are valid until the dependent stages registered on the returned future have run.
     */
    CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs);

    /** Where it leads, for logs. */
    String remote();

    /** Whether the last connect attempt was refused: nobody listens there. */
    boolean refused();

    /** Fails what is outstanding and stays closed. */
    @Override
    void close();
}
