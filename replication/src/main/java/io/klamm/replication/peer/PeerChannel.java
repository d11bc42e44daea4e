/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

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
     * @return the response message; exceptionally with {@link PeerException}. Completed on the connection's event loop, perhaps
     *     before this returns; zero-copy fields of the response (records) must therefore not be touched.
     */
    CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs);

    /**
     * The same for answers with zero-copy fields.
     *
     * @param done told once, on the connection's event loop (on the calling thread when nothing could be sent): the response message
     *     or a {@link PeerException}. Zero-copy fields are valid until it returns.
     */
    void send(ApiMessage request, long timeoutMs, BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done);

    /** Where it leads, for logs. */
    String remote();

    /** Whether the last connect attempt was refused: nobody listens there. */
    boolean refused();

    /** Fails what is outstanding and stays closed. */
    @Override
    void close();
}
