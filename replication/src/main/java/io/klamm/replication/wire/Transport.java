/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import jdk.net.ExtendedSocketOptions;

/** The socket implementation: epoll where the system has it, else NIO. Channels and event loops must be of the same one. */
public enum Transport {
    EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class) {
        @Override
        IoHandlerFactory handlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        Probes<ChannelOption<Integer>> probes() {
            return new Probes<>(
                    EpollChannelOption.TCP_KEEPIDLE, EpollChannelOption.TCP_KEEPINTVL, EpollChannelOption.TCP_KEEPCNT);
        }
    },
    NIO(NioServerSocketChannel.class, NioSocketChannel.class) {
        @Override
        IoHandlerFactory handlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        Probes<ChannelOption<Integer>> probes() {
            return new Probes<>(
                    NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                    NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                    NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT));
        }
    };

    /** What says when the system asks whether an idle connection still has its other end. */
    record Probes<T>(T idleSeconds, T intervalSeconds, T count) {}

    private final Class<? extends ServerChannel> serverChannel;
    private final Class<? extends SocketChannel> socketChannel;

    Transport(Class<? extends ServerChannel> serverChannel, Class<? extends SocketChannel> socketChannel) {
        this.serverChannel = serverChannel;
        this.socketChannel = socketChannel;
    }

    /** The best one of this system. */
    public static Transport best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /**
     * @param threads number of event loops
     * @param name of the threads, a number is appended
     */
    public EventLoopGroup newEventLoops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), handlers());
    }

    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    public Class<? extends SocketChannel> socketChannel() {
        return socketChannel;
    }

    /**
     * A connection ends when its other end does not know of it any more, or does not answer at all: one whose end was told of by a packet
     * that got lost would else look sound until a request on it runs out of time. The system asks, so a process that only stands still is
     * not taken for gone.
     *
     * @param idleSeconds without a packet, until it is asked
     * @param intervalSeconds between questions
     * @param count unanswered ones that end the connection
     */
    public void probe(Bootstrap connections, int idleSeconds, int intervalSeconds, int count) {
        Probes<ChannelOption<Integer>> options = probes();
        connections
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(options.idleSeconds(), idleSeconds)
                .option(options.intervalSeconds(), intervalSeconds)
                .option(options.count(), count);
    }

    abstract IoHandlerFactory handlers();

    abstract Probes<ChannelOption<Integer>> probes();
}
