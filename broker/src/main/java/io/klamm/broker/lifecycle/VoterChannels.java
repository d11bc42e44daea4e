/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.fact.Voter;
import io.klamm.replication.peer.PeerChannel;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.replication.peer.PeerException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiMessage;

/** One connection for one purpose to each voter's CONTROLLER listener, made at the first use. Thread-safe. */
final class VoterChannels implements AutoCloseable {
    private final PeerConnector connector;
    private final String purpose;
    private final Map<Integer, PeerChannel> channels = new HashMap<>();
    private boolean closed;

    VoterChannels(PeerConnector connector, String purpose) {
        this.connector = connector;
        this.purpose = purpose;
    }

    CompletableFuture<ApiMessage> send(Voter voter, ApiMessage request, long timeoutMs) {
        PeerChannel channel;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new PeerException("closed", null, false));
            }
            channel = channels.computeIfAbsent(
                    voter.nodeId(), id -> connector.connect(voter.host(), voter.port(), purpose));
        }
        return channel.send(request, timeoutMs);
    }

    @Override
    public void close() {
        Map<Integer, PeerChannel> open;
        synchronized (this) {
            closed = true;
            open = Map.copyOf(channels);
            channels.clear();
        }
        open.values().forEach(PeerChannel::close);
    }
}
