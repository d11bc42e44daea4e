/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import com.codahale.metrics.MetricRegistry;
import io.klamm.broker.api.ApiVersionsHandler;
import io.klamm.broker.quota.QuotaGate;
import io.klamm.replication.wire.Transport;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** A server with the test's own handlers. */
final class ServerFixture implements AutoCloseable {
    final MetricRegistry metrics = new MetricRegistry();
    final LinkedBlockingQueue<Long> closed = new LinkedBlockingQueue<>();
    ServerLimits limits = ServerLimits.DEFAULT;
    RequestMemory memory = new RequestMemory(16 * 1024 * 1024);
    UnsentAnswers answers = new UnsentAnswers(64 * 1024 * 1024);
    ConnectionQuota connections = new ConnectionQuota(1000, 1000);
    QuotaGate quota = QuotaGate.NONE;
    int port;

    private final List<ApiHandler<?>> handlers = new ArrayList<>();
    private final EventLoopGroup loops;
    private final Transport transport;
    private @Nullable SocketServer server;

    ServerFixture() {
        this(Transport.best());
    }

    ServerFixture(Transport transport) {
        this.transport = transport;
        this.loops = transport.newEventLoops(2, "server-test");
    }

    <Q extends ApiMessage> ServerFixture serve(
            ApiKeys api, BiFunction<RequestContext, Q, CompletionStage<? extends @Nullable ApiMessage>> handler) {
        handlers.add(new ApiHandler<Q>() {
            @Override
            public ApiKeys api() {
                return api;
            }

            @Override
            public CompletionStage<? extends @Nullable ApiMessage> handle(RequestContext context, Q request) {
                return handler.apply(context, request);
            }
        });
        return this;
    }

    ServerFixture start() throws ListenerException {
        handlers.add(new ApiVersionsHandler(List.copyOf(handlers), "cluster", 7, () -> 42));
        server = server(0);
        port = server.start();
        return this;
    }

    SocketServer server(int port) {
        return new SocketServer(
                new ListenerSpec("TEST", "PLAINTEXT", "127.0.0.1", port),
                limits,
                new ApiTable(handlers),
                new ServerResources(
                        memory,
                        answers,
                        connections,
                        quota,
                        metrics,
                        new AtomicLong()::incrementAndGet,
                        System::nanoTime),
                closed::add,
                loops,
                transport);
    }

    RawClient client() throws Exception {
        return new RawClient(port);
    }

    long count(String name) {
        return metrics.counter("net.TEST." + name).getCount();
    }

    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public void close() {
        stop();
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
