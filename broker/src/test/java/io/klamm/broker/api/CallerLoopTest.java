/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.VirtualExecutor;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallerLoopTest {
    @Test
    void isTheEventLoopOfTheCallingThreadOrTheOneGiven() throws Exception {
        VirtualExecutor otherwise = new VirtualExecutor();
        CallerLoop loops = new CallerLoop(otherwise);
        assertThat(loops.get()).isSameAs(otherwise);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        try {
            for (int i = 0; i < 2; i++) {
                EventLoop loop = group.next();
                assertThat(loop.submit(loops::get).get(10, TimeUnit.SECONDS)).isSameAs(loop);
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
    }
}
