/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class TransportTest {
    @ParameterizedTest
    @EnumSource
    void aProbedConnectionHasTheSystemAskItsOtherEnd(Transport transport) throws Exception {
        EventLoopGroup loops = transport.newEventLoops(1, "transport-test");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Bootstrap bootstrap = new Bootstrap()
                    .group(loops)
                    .channel(transport.socketChannel())
                    .handler(new ChannelInboundHandlerAdapter());
            transport.probe(bootstrap, 2, 3, 4);
            Channel channel =
                    bootstrap.connect(server.getLocalSocketAddress()).sync().channel();

            assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
            Transport.Probes<ChannelOption<Integer>> probes = transport.probes();
            assertThat(channel.config().getOption(probes.idleSeconds())).isEqualTo(2);
            assertThat(channel.config().getOption(probes.intervalSeconds())).isEqualTo(3);
            assertThat(channel.config().getOption(probes.count())).isEqualTo(4);
            channel.close().sync();
        } finally {
            loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }
}
