/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.klamm.replication.wire.FrameDecoder;
import io.klamm.replication.wire.FrameMemory;
import io.klamm.replication.wire.RequestFrame;
import io.klamm.replication.wire.ResponseFrame;
import io.klamm.replication.wire.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** A node that answers ApiVersions by itself and leaves everything else to the test. */
@SuppressWarnings("FutureReturnValueIgnored")
final class FakeNode implements AutoCloseable {
    /** A request that arrived, to be answered by the test. */
    record Arrived(Channel channel, RequestHeaderData header, ApiMessage message) {
        void answer(ApiMessage response) {
            answer(response, header.correlationId());
        }

        void answer(ApiMessage response, int correlationId) {
            channel.eventLoop().execute(() -> {
                ResponseFrame.encode(
                                channel.alloc(),
                                ApiKeys.forId(header.requestApiKey()),
                                header.requestApiVersion(),
                                correlationId,
                                response)
                        .write(channel);
                channel.flush();
            });
        }
    }

    final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    final AtomicInteger connections = new AtomicInteger();
    volatile short apiVersionsMax = 3;
    volatile boolean silent;
    private final Channel server;

    private final EventLoopGroup loops = Transport.best().newEventLoops(1, "fake-node");

    FakeNode(int port) throws InterruptedException {
        server = new ServerBootstrap()
                .group(loops)
                .channel(Transport.best().serverChannel())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        channel.pipeline().addLast(new FrameDecoder(1_000_000, FrameMemory.UNBOUNDED), new Requests());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .sync()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Requests extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf frame = (ByteBuf) message;
            ApiKeys api = ApiKeys.forId(frame.getShort(0));
            short version = frame.getShort(2);
            RequestHeaderData header = RequestFrame.decodeHeader(frame, api.requestHeaderVersion(version));
            ApiMessage request = RequestFrame.decodeBody(frame, api, version).data();
            frame.release();
            if (api != ApiKeys.API_VERSIONS) {
                arrived.add(new Arrived(context.channel(), header, request));
            } else if (!silent) {
                answerVersions(context, header);
            }
        }

        private void answerVersions(ChannelHandlerContext context, RequestHeaderData header) {
            boolean known = header.requestApiVersion() <= apiVersionsMax;
            ApiVersionsResponseData versions = new ApiVersionsResponseData()
                    .setErrorCode(known ? Errors.NONE.code() : Errors.UNSUPPORTED_VERSION.code());
            versions.apiKeys().add(range(ApiKeys.METADATA, 4, 9));
            versions.apiKeys().add(range(ApiKeys.FETCH, 4, 1000));
            versions.apiKeys().add(range(ApiKeys.LIST_OFFSETS, 500, 1000));
            ResponseFrame.encode(
                            context.alloc(),
                            ApiKeys.API_VERSIONS,
                            known ? header.requestApiVersion() : 0,
                            header.correlationId(),
                            versions)
                    .write(context.channel());
            context.flush();
        }

        private static ApiVersionsResponseData.ApiVersion range(ApiKeys api, int min, int max) {
            return new ApiVersionsResponseData.ApiVersion()
                    .setApiKey(api.id)
                    .setMinVersion((short) min)
                    .setMaxVersion((short) max);
        }
    }
}
