/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.FrameDecoder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** What a request passes on a listener, in order. */
final class ConnectionPipeline extends ChannelInitializer<Channel> {
    private final ListenerSpec listener;
    private final ServerLimits limits;
    private final ApiTable table;
    private final ServerResources resources;
    private final ConnectionListener closed;
    private final NetMetrics metrics;
    private final ServerFaults faults;

    ConnectionPipeline(
            ListenerSpec listener,
            ServerLimits limits,
            ApiTable table,
            ServerResources resources,
            ConnectionListener closed,
            OccasionalLog log) {
        this.listener = listener;
        this.limits = limits;
        this.table = table;
        this.resources = resources;
        this.closed = closed;
        this.metrics = new NetMetrics(resources.metrics(), listener.name());
        this.faults = new ServerFaults(metrics, log);
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress client)) {
            var unused = channel.close(); // gone before it was accepted
            return;
        }
        Connection connection = new Connection(resources.connectionIds().getAsLong(), listener, client);
        if (!resources.connections().enter(client.getAddress())) {
            faults.refused(channel, connection);
            return;
        }
        metrics.connections.inc();
        ConnectionGate gate = new ConnectionGate(channel, limits.maxInFlight());
        MemoryGuard guard = new MemoryGuard(channel, connection, gate, faults, resources.memory(), limits.maxStallMs());
        channel.closeFuture().addListener(done -> {
            metrics.connections.dec();
            resources.connections().leave(client.getAddress());
            guard.account().close();
            closed.connectionClosed(connection.id);
        });

        ChannelPipeline pipeline = channel.pipeline();
        // [TLS], followed by a ChunkedWriteHandler, since file ranges must be read then
        if (limits.maxIdleMs() > 0) {
            pipeline.addLast(new IdleStateHandler(0, 0, limits.maxIdleMs(), TimeUnit.MILLISECONDS));
        }
        pipeline.addLast(new ReceivedBytes(connection, metrics));
        pipeline.addLast(new FrameDecoder(limits.maxRequestBytes(), guard.account()));
        // [SASL], which sets the connection's principal and then lets frames pass
        pipeline.addLast(new RequestDecoder(connection, table, resources.nanos()));
        ResponseWriter responses = new ResponseWriter(
                channel,
                gate,
                metrics,
                resources.nanos(),
                resources.answers().open(),
                () -> faults.unread(channel, connection));
        pipeline.addLast(new ApiRouter(gate, responses, resources.quota(), faults));
        pipeline.addLast(new ConnectionEnd(connection, responses, faults));
    }
}
