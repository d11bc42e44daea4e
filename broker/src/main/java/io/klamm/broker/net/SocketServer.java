/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listener: accepts connections and serves the APIs of its table on them. */
public final class SocketServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);
    private static final int BACKLOG = 1024;
    private static final int LARGEST_READ = 256 * 1024;
    private static final WriteBufferWaterMark UNSENT = new WriteBufferWaterMark(256 * 1024, 1024 * 1024);
    private static final long CLOSE_SECONDS = 5;

    private final ListenerSpec listener;
    private final ServerBootstrap bootstrap;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private @Nullable SocketChannel reservation;
    private @Nullable InetSocketAddress reserved;
    private @Nullable Channel acceptor;

    /**
     * @param closed told of each connection that ends
     * @param eventLoops accept and serve; made by {@code transport}, and stopped by their owner after this server is closed
     */
    public SocketServer(
            ListenerSpec listener,
            ServerLimits limits,
            ApiTable table,
            ServerResources resources,
            ConnectionListener closed,
            EventLoopGroup eventLoops,
            Transport transport) {
        this.listener = listener;
        this.bootstrap = new ServerBootstrap()
                .group(eventLoops)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .handler(new AcceptedConnections())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1024, 8 * 1024, LARGEST_READ))
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT)
                .childHandler(new ConnectionPipeline(
                        listener, limits, table, resources, closed, OccasionalLog.on(eventLoops)));
    }

    /** {@link #reserve} and {@link #listen}. */
    public int start() throws ListenerException {
        int reserved = reserve();
        listen();
        return reserved;
    }

    /**
     * Takes the port without listening: until {@link #listen}, who connects is refused.
     *
     * @return the port, which matters when any free one was asked for
     * @throws ListenerException when it cannot be had
     */
    public synchronized int reserve() throws ListenerException {
        InetSocketAddress address = listener.host().isEmpty()
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(listener.host(), listener.port());
        if (address.isUnresolved()) {
            throw new ListenerException(
                    "listener " + listener.name() + ": unknown host " + listener.host(),
                    new IllegalArgumentException());
        }
        try {
            SocketChannel socket = SocketChannel.open();
            reservation = socket;
            // Not to be kept out by what is left of an earlier process's connections, nor to keep out the listening
            // socket.
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(address);
            reserved = (InetSocketAddress) socket.getLocalAddress();
            return reserved.getPort();
        } catch (IOException e) {
            release();
            throw cannotListen(e);
        }
    }

    /**
     * Begins to listen and to accept. No effect when it does already, or is closed.
     *
     * @throws ListenerException when another process has begun to listen there since {@link #reserve}
     */
    public synchronized void listen() throws ListenerException {
        InetSocketAddress address = reserved;
        if (acceptor != null || address == null) {
            return;
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw cannotListen(bound.cause());
        }
        acceptor = bound.channel();
        release();
    }

    private ListenerException cannotListen(Throwable cause) {
        return new ListenerException(
                "listener " + listener.name() + " cannot listen on " + listener.host() + ":" + listener.port() + ": "
                        + reason(cause),
                cause);
    }

    private void release() {
        SocketChannel socket = reservation;
        reservation = null;
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.debug("closing the reservation of listener {}: {}", listener.name(), e.toString());
        }
    }

    /** The transports word it differently, epoll with the numbers of system calls. */
    private static String reason(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("Address already in use")) {
            return "the port is in use";
        }
        if (message.contains("Permission denied")) {
            return "permission denied";
        }
        if (message.contains("Cannot assign requested address")) {
            return "this machine does not have the address";
        }
        return message;
    }

    /** Stops accepting and closes the connections; answers that are still to come are dropped. Returns within seconds. */
    @Override
    public synchronized void close() {
        release();
        reserved = null;
        if (acceptor != null) {
            acceptor.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
            acceptor = null;
        }
        connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    /** Remembers the connections, so that they can be closed. Closed ones leave the group by themselves. */
    private final class AcceptedConnections extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            connections.add((Channel) accepted);
            context.fireChannelRead(accepted);
        }
    }
}
