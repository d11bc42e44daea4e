/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Counts what comes in. */
final class ReceivedBytes extends ChannelInboundHandlerAdapter {
    private final Connection connection;
    private final NetMetrics metrics;

    ReceivedBytes(Connection connection, NetMetrics metrics) {
        this.connection = connection;
        this.metrics = metrics;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        int bytes = ((ByteBuf) message).readableBytes();
        connection.bytesReceived += bytes;
        metrics.bytesIn.inc(bytes);
        context.fireChannelRead(message);
    }
}
