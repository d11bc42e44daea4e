/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;

/** The last handler: closes the connection for what the others could not deal with, and for idleness. */
final class ConnectionEnd extends ChannelInboundHandlerAdapter {
    private final Connection connection;
    private final ResponseWriter responses;
    private final ServerFaults faults;

    ConnectionEnd(Connection connection, ResponseWriter responses, ServerFaults faults) {
        this.connection = connection;
        this.responses = responses;
        this.faults = faults;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        // A client that waits for us is not idle, but one that does not read what it asked for is.
        if (event instanceof IdleStateEvent
                && (!responses.waiting() || !context.channel().isWritable())) {
            faults.idle(context.channel(), connection);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        faults.caught(context.channel(), connection, cause);
    }
}
