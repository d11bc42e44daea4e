/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * A peer channel over Netty. All state belongs to one event loop; {@link #send} and {@link #close} hand over to it.
 *
 * <p>Idle -> (a request arrives) -> backing off -> connecting -> exchanging versions -> ready -> idle. A failed attempt fails the
 * requests that waited for it; the next one made by a later request, after the back-off.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what is scheduled or chained here handles its own failure
final class NettyPeerChannel implements PeerChannel {
    private static final long FIRST_BACKOFF_MS = 20;
    private static final long LAST_BACKOFF_MS = 1_000;

    /** Waiting and unanswered requests together. */
    private static final int MAX_REQUESTS = 1_000;

    private enum State {
        IDLE,
        BACKING_OFF,
        CONNECTING,
        READY,
        CLOSED
    }

    private final NettyPeerConnector connector;
    private final EventLoop loop;
    private final String host;
    private final int port;
    private final String clientId;

    private final ArrayDeque<PeerRequest> waiting = new ArrayDeque<>();
    private State state = State.IDLE;
    private @Nullable PeerConnection connection;
    private long backoffMs = FIRST_BACKOFF_MS;
    private long notBeforeNanos;
    private boolean attempted;
    private volatile boolean refused;

    NettyPeerChannel(NettyPeerConnector connector, EventLoop loop, String host, int port, String clientId) {
        this.connector = connector;
        this.loop = loop;
        this.host = host;
        this.port = port;
        this.clientId = clientId;
    }

    @Override
    public CompletableFuture<ApiMessage> send(ApiMessage message, long timeoutMs) {
        PeerRequest request = new PeerRequest(message);
        start(request, timeoutMs);
        return request.answer;
    }

    /** The listener is there before the request goes out, so that no answer can come before it. */
    @Override
    public void send(ApiMessage message, long timeoutMs, BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done) {
        PeerRequest request = new PeerRequest(message);
        request.answer.whenComplete(done);
        start(request, timeoutMs);
    }

    private void start(PeerRequest request, long timeoutMs) {
        onLoop(() -> submit(request, timeoutMs), () -> request.fail(stopped(false)));
    }

    @Override
    public String remote() {
        return host + ":" + port;
    }

    @Override
    public boolean refused() {
        return refused;
    }

    @Override
    public void close() {
        onLoop(
                () -> {
                    state = State.CLOSED;
                    if (connection != null) {
                        connection.end(failure("closed", null, true));
                    }
                    failWaiting(failure("closed", null, false));
                    connector.closed(this);
                },
                // The connector fails what is left when the loops have ended.
                () -> {});
    }

    /**
     * The event loop has ended under this channel: its timers, the back-off's among them, run no more. Called once, by another
     * thread, after everything that ran on the loop.
     */
    void loopEnded() {
        state = State.CLOSED;
        if (connection != null) {
            connection.end(stopped(true));
        }
        failWaiting(stopped(false));
    }

    private PeerException stopped(boolean sent) {
        return failure("the event loops are stopped", null, sent);
    }

    @Override
    public String toString() {
        return clientId + "@" + remote();
    }

    private void onLoop(Runnable action, Runnable whenStopped) {
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException e) {
            whenStopped.run();
        }
    }

    private void submit(PeerRequest request, long timeoutMs) {
        PeerConnection current = connection;
        int unanswered = waiting.size() + (current == null ? 0 : current.outstanding());
        if (state == State.CLOSED) {
            request.fail(failure("closed", null, false));
        } else if (unanswered >= MAX_REQUESTS) {
            request.fail(failure("more than " + MAX_REQUESTS + " requests have no answer yet", null, false));
        } else {
            request.timeout = loop.schedule(() -> timedOut(request, timeoutMs), timeoutMs, TimeUnit.MILLISECONDS);
            if (state == State.READY && current != null) {
                current.send(request);
            } else {
                waiting.add(request);
                connectWhenDue();
            }
        }
    }

    private void connectWhenDue() {
        if (state != State.IDLE) {
            return;
        }
        long delayNanos = attempted ? notBeforeNanos - System.nanoTime() : 0;
        if (delayNanos <= 0) {
            connect();
        } else {
            state = State.BACKING_OFF;
            loop.schedule(
                    () -> {
                        if (state == State.BACKING_OFF) {
                            connect();
                        }
                    },
                    delayNanos,
                    TimeUnit.NANOSECONDS);
        }
    }

    private void connect() {
        if (waiting.isEmpty()) {
            state = State.IDLE; // whoever asked has given up
            return;
        }
        state = State.CONNECTING;
        attempted = true;
        connector
                .resolve(host, port)
                .whenCompleteAsync(
                        (address, unresolved) -> {
                            if (state != State.CONNECTING) {
                                return;
                            }
                            if (unresolved != null) {
                                attemptFailed(failure(String.valueOf(unresolved.getMessage()), unresolved, false));
                                return;
                            }
                            connector
                                    .open(loop, address, NettyPeerConnector.CONNECT_TIMEOUT_MS, new ConnectionStarter())
                                    .addListener((ChannelFuture attempt) -> {
                                        if (!attempt.isSuccess() && state == State.CONNECTING) {
                                            refused = NettyPeerConnector.isRefused(attempt.cause());
                                            attemptFailed(failure(
                                                    String.valueOf(
                                                            attempt.cause().getMessage()),
                                                    attempt.cause(),
                                                    false));
                                        }
                                    });
                        },
                        loop);
    }

    /** Makes the {@link PeerConnection} when the channel is there. */
    private final class ConnectionStarter extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (state != State.CONNECTING) {
                context.close(); // closed while it was connecting
                return;
            }
            refused = false;
            PeerConnection started = new PeerConnection(
                    context.channel(), clientId, connector.softwareVersion(), NettyPeerChannel.this::connectionEvent);
            connection = started;
            context.pipeline().replace(this, "peer", started);
            loop.schedule(
                    () -> {
                        if (connection == started && !started.ready()) {
                            started.end(failure("no answer to ApiVersions", null, true));
                        }
                    },
                    NettyPeerConnector.CONNECT_TIMEOUT_MS,
                    TimeUnit.MILLISECONDS);
            started.start();
        }
    }

    private void connectionEvent(PeerConnection source, @Nullable PeerException end) {
        if (source != connection) {
            return;
        }
        if (end == null) {
            state = State.READY;
            backoffMs = FIRST_BACKOFF_MS;
            PeerRequest request;
            while (state == State.READY && (request = waiting.poll()) != null) {
                source.send(request);
            }
            return;
        }
        connection = null;
        if (state != State.CLOSED) {
            attemptFailed(failure(String.valueOf(end.getMessage()), end, false));
        }
    }

    /** An attempt or an established connection came to its end. */
    private void attemptFailed(PeerException reason) {
        state = State.IDLE;
        notBeforeNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoffMs);
        backoffMs = Math.min(2 * backoffMs, LAST_BACKOFF_MS);
        failWaiting(reason);
    }

    private void failWaiting(PeerException reason) {
        // Callbacks may send again: those requests wait for the next attempt.
        for (int i = waiting.size(); i > 0; i--) {
            waiting.remove().fail(reason);
        }
    }

    private void timedOut(PeerRequest request, long timeoutMs) {
        String what = request.api.name + " has no answer after " + timeoutMs + " ms";
        if (waiting.remove(request)) {
            request.fail(failure(what, null, false));
        } else if (connection != null && !request.answer.isDone()) {
            connection.end(failure(what, null, true));
        }
    }

    private PeerException failure(String what, @Nullable Throwable cause, boolean sent) {
        return new PeerException(this + ": " + what, cause, sent);
    }
}
