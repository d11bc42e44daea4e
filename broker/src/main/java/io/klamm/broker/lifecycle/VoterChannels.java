/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.fact.Voter;
import io.klamm.replication.peer.PeerChannel;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.replication.peer.PeerException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** One connection for one purpose to each voter's CONTROLLER listener, made at the first use. Thread-safe. */
final class VoterChannels implements AutoCloseable {
    private final PeerConnector connector;
    private final String purpose;
    private final Map<Integer, Dialled> channels = new HashMap<>();
    private boolean closed;

    VoterChannels(PeerConnector connector, String purpose) {
        this.connector = connector;
        this.purpose = purpose;
    }

    CompletableFuture<ApiMessage> send(Voter voter, ApiMessage request, long timeoutMs) {
        PeerChannel channel = channel(voter);
        return channel == null ? CompletableFuture.failedFuture(closed()) : channel.send(request, timeoutMs);
    }

    /** As {@link PeerChannel#send(ApiMessage, long, BiConsumer)}. */
    void send(
            Voter voter,
            ApiMessage request,
            long timeoutMs,
            BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done) {
        PeerChannel channel = channel(voter);
        if (channel == null) {
            done.accept(null, closed());
        } else {
            channel.send(request, timeoutMs, done);
        }
    }

    private @Nullable PeerChannel channel(Voter voter) {
        Dialled before;
        Dialled now;
        synchronized (this) {
            if (closed) {
                return null;
            }
            before = channels.get(voter.nodeId());
            if (before != null && before.isTo(voter)) {
                return before.channel();
            }
            now = new Dialled(voter.host(), voter.port(), connector.connect(voter.host(), voter.port(), purpose));
            channels.put(voter.nodeId(), now);
        }
        if (before != null) {
            before.channel().close(); // the voter has moved, or another has its place
        }
        return now.channel();
    }

    private record Dialled(String host, int port, PeerChannel channel) {
        boolean isTo(Voter voter) {
            return port == voter.port() && host.equals(voter.host());
        }
    }

    private static PeerException closed() {
        return new PeerException("closed", null, false);
    }

    @Override
    public void close() {
        Map<Integer, Dialled> open;
        synchronized (this) {
            closed = true;
            open = Map.copyOf(channels);
            channels.clear();
        }
        open.values().forEach(dialled -> dialled.channel().close());
    }
}
