/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.klamm.replication.wire.FrameDecoder;
import io.klamm.replication.wire.FrameMemory;
import io.klamm.replication.wire.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Makes peer channels over Netty. */
public final class NettyPeerConnector implements PeerConnector {
    /** For the TCP connect, and again for the exchange of versions. */
    static final int CONNECT_TIMEOUT_MS = 5_000;

    /** A follower that waits for an answer on a connection which the leader has lost lags; so it must end before the lag counts. */
    private static final int PROBED_AFTER_SECONDS = 1;

    private static final int PROBES = 3;

    /** Far above any fetch response; only a peer gone mad announces more. */
    private static final int MAX_RESPONSE_BYTES = 512 * 1024 * 1024;

    private final EventLoopGroup eventLoops;
    private final Transport transport;
    private final Executor blocking;
    private final String clientId;
    private final String softwareVersion;
    /** Channels that wait for their loop to answer or fail their requests; see {@link NettyPeerChannel#loopEnded}. */
    private final Set<NettyPeerChannel> open = ConcurrentHashMap.newKeySet();

    /**
     * @param eventLoops run the channels; made by {@code transport}
     * @param transport the same that made the event loops
     * @param blocking runs name look-ups, which block; bounded
     * @param clientId of this node; the purpose of each channel is appended
     * @param softwareVersion told to the peer
     */
    public NettyPeerConnector(
            EventLoopGroup eventLoops,
            Transport transport,
            Executor blocking,
            String clientId,
            String softwareVersion) {
        this.eventLoops = eventLoops;
        this.transport = transport;
        this.blocking = blocking;
        this.clientId = clientId;
        this.softwareVersion = softwareVersion;
        eventLoops.terminationFuture().addListener(ended -> open.forEach(NettyPeerChannel::loopEnded));
    }

    @Override
    public PeerChannel connect(String host, int port, String purpose) {
        NettyPeerChannel channel = new NettyPeerChannel(this, eventLoops.next(), host, port, clientId + "-" + purpose);
        open.add(channel);
        return channel;
    }

    @Override
    public CompletableFuture<Boolean> dial(String host, int port, long timeoutMs) {
        return resolve(host, port)
                .thenCompose(address -> dial(address, timeoutMs))
                .orTimeout(timeoutMs, TimeUnit.MILLISECONDS) // the name look-up has none of its own
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        new PeerException("cannot reach " + host + ":" + port + ": " + failure, failure)));
    }

    private CompletableFuture<Boolean> dial(InetSocketAddress address, long timeoutMs) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        int connectTimeoutMs = (int) Math.min(timeoutMs, Integer.MAX_VALUE);
        onLoop(result, loop -> open(loop, address, connectTimeoutMs, new ChannelInboundHandlerAdapter())
                .addListener((ChannelFuture attempt) -> {
                    if (attempt.isSuccess()) {
                        attempt.channel().close().addListener(closed -> result.complete(true));
                    } else if (isRefused(attempt.cause())) {
                        result.complete(false);
                    } else {
                        result.completeExceptionally(attempt.cause());
                    }
                }));
        return result;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // both ends lead to the future that is returned
    public CompletableFuture<Void> hold(String host, int port, long timeoutMs) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        resolve(host, port).whenComplete((address, unresolved) -> {
            if (unresolved != null) {
                ended.completeExceptionally(unresolved);
                return;
            }
            int connectTimeoutMs = (int) Math.min(timeoutMs, Integer.MAX_VALUE);
            onLoop(ended, loop -> {
                ChannelFuture attempt = open(loop, address, connectTimeoutMs, new SilentEnd());
                attempt.addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess()) {
                        connected.channel().closeFuture().addListener(closed -> ended.complete(null));
                    } else {
                        ended.completeExceptionally(connected.cause());
                    }
                });
                ended.whenComplete((done, cancelled) -> attempt.channel().close());
            });
        });
        return ended;
    }

    /**
     * Connects on a thread of the loops. From another one a connection could begin on a loop that has just ended: whoever
     * waits for it would never be told.
     */
    private void onLoop(CompletableFuture<?> result, Consumer<EventLoop> connect) {
        EventLoop loop = eventLoops.next();
        try {
            loop.execute(() -> {
                if (loop.isShuttingDown()) {
                    result.completeExceptionally(new PeerException("this node stops"));
                } else {
                    connect.accept(loop);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new PeerException("this node has stopped", e));
        }
    }

    /** A reset is one way for a connection to end, and not worth a line in the log. */
    private static final class SilentEnd extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            ChannelFuture unused = context.close();
        }
    }

    /** A channel has failed what it had, and takes nothing more. */
    void closed(NettyPeerChannel channel) {
        open.remove(channel);
    }

    String softwareVersion() {
        return softwareVersion;
    }

    /** Connects and puts the handler at the end of the pipeline, behind the frame decoder. Fails, never throws. */
    ChannelFuture open(EventLoop loop, InetSocketAddress address, int timeoutMs, ChannelHandler... last) {
        Bootstrap bootstrap = new Bootstrap();
        transport.probe(bootstrap, PROBED_AFTER_SECONDS, PROBED_AFTER_SECONDS, PROBES);
        return bootstrap
                .group(loop)
                .channel(transport.socketChannel())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.max(1, timeoutMs))
                .handler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void handlerAdded(ChannelHandlerContext context) {
                        Channel channel = context.channel();
                        // The seams: [TLS] stands before the frame decoder, [SASL] behind it.
                        channel.pipeline().addLast(new FrameDecoder(MAX_RESPONSE_BYTES, FrameMemory.UNBOUNDED));
                        channel.pipeline().addLast(last);
                        channel.pipeline().remove(this);
                    }
                })
                .connect(address);
    }

    /** Looks a name up, off the event loop; an address literal needs no look-up. Fails with {@link PeerException}. */
    CompletableFuture<InetSocketAddress> resolve(String host, int port) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                return CompletableFuture.completedFuture(
                        new InetSocketAddress(InetAddress.getByAddress(host, literal), port));
            } catch (UnknownHostException e) {
                return CompletableFuture.failedFuture(new PeerException("bad address " + host, e));
            }
        }
        CompletableFuture<InetSocketAddress> result = new CompletableFuture<>();
        try {
            blocking.execute(() -> {
                try {
                    result.complete(new InetSocketAddress(InetAddress.getByName(host), port));
                } catch (UnknownHostException e) {
                    result.completeExceptionally(new PeerException("unknown host " + host, e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new PeerException("too many name look-ups are waiting", e));
        }
        return result;
    }

    /** Whether a connect failed because nobody listens there, as opposed to no answer. */
    static boolean isRefused(Throwable failure) {
        return failure instanceof ConnectException
                && !(failure instanceof ConnectTimeoutException)
                && String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("refused");
    }
}
