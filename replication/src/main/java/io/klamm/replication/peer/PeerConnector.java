/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import java.util.concurrent.CompletableFuture;

/** Makes connections to other nodes. Owns no threads: the event loops are passed in. */
public interface PeerConnector {
    /**
     * @param host host to dial
     * @param port port to dial
     * @param purpose short word for the client id and logs, for example "fetch-0" or "heartbeat"
     */
    PeerChannel connect(String host, int port, String purpose);

    /** Dials only: true = connected (and closed again), false = refused; fails when neither is known in time. */
    CompletableFuture<Boolean> dial(String host, int port, long timeoutMs);

    /**
     * Connects, and says nothing: only to notice when the connection ends, for whatever reason.
     *
     * @param timeoutMs for the connecting
     * @return completes when the connection, once made, has ended; fails when none was made; whoever cancels it closes the connection
     */
    CompletableFuture<Void> hold(String host, int port, long timeoutMs);
}
