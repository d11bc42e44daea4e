/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import static java.util.Objects.requireNonNull;

import io.klamm.metadata.fact.Voter;
import io.klamm.replication.peer.PeerChannel;
import io.klamm.replication.peer.PeerConnector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** Nodes that answer as a test says. The port is the node id. */
final class FakePeers implements PeerConnector {
    static final List<Voter> THREE_VOTERS = List.of(voter(1), voter(2), voter(3));

    /** Node ids in the order in which they were asked. */
    final List<Integer> asked = new ArrayList<>();

    /** Connections that are held, by port; completing one ends it. */
    final Map<Integer, CompletableFuture<Void>> held = new HashMap<>();

    boolean holdFails;

    private final Map<Integer, Function<ApiMessage, CompletableFuture<ApiMessage>>> nodes = new HashMap<>();

    static Voter voter(int nodeId) {
        return new Voter(nodeId, Uuid.ZERO_UUID, "localhost", nodeId);
    }

    void node(int nodeId, Function<ApiMessage, CompletableFuture<ApiMessage>> behaviour) {
        nodes.put(nodeId, behaviour);
    }

    void answers(int nodeId, ApiMessage response) {
        node(nodeId, request -> CompletableFuture.completedFuture(response));
    }

    void fails(int nodeId, RuntimeException failure) {
        node(nodeId, request -> CompletableFuture.failedFuture(failure));
    }

    @Override
    public PeerChannel connect(String host, int port, String purpose) {
        return new PeerChannel() {
            @Override
            public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
                asked.add(port);
                return requireNonNull(nodes.get(port)).apply(request).thenApply(FakePeers::released);
            }

            @Override
            public void send(
                    ApiMessage request, long timeoutMs, BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done) {
                asked.add(port);
                var unused = requireNonNull(nodes.get(port)).apply(request).whenComplete((response, failure) -> {
                    done.accept(response, failure);
                    if (response != null) {
                        released(response);
                    }
                });
            }

            @Override
            public String remote() {
                return host + ":" + port;
            }

            @Override
            public boolean refused() {
                return false;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public CompletableFuture<Boolean> dial(String host, int port, long timeoutMs) {
        return CompletableFuture.completedFuture(nodes.containsKey(port));
    }

    /** A port that takes connections. */
    void listens(int port) {
        answers(port, new BrokerHeartbeatResponseData());
    }

    void stopsListening(int port) {
        nodes.remove(port);
    }

    @Override
    public CompletableFuture<Void> hold(String host, int port, long timeoutMs) {
        if (holdFails) {
            return CompletableFuture.failedFuture(new IOException("no answer"));
        }
        CompletableFuture<Void> connection = new CompletableFuture<>();
        held.put(port, connection);
        CompletableFuture<Void> unused = connection.whenComplete((ended, cancelled) -> held.remove(port, connection));
        return connection;
    }

    /** The frame of an answer has gone back to its pool, and another has its bytes. */
    private static ApiMessage released(ApiMessage response) {
        if (response instanceof EnvelopeResponseData envelope && envelope.responseData() != null) {
            Arrays.fill(envelope.responseData().array(), (byte) -1);
        }
        return response;
    }
}
