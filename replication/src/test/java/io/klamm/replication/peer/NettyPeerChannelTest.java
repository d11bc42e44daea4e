/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.replication.wire.Transport;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NettyPeerChannelTest {
    private static final long LONG_MS = 30_000;

    private final EventLoopGroup loops = Transport.best().newEventLoops(2, "peer-test");
    private final NettyPeerConnector connector =
            new NettyPeerConnector(loops, Transport.best(), Runnable::run, "node-7", "1.0");
    private final List<AutoCloseable> closeables = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    @Test
    void answersComeToTheirRequestsInTheHighestCommonVersion() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(channel.send(new MetadataRequestData(), LONG_MS));
        }
        for (int i = 0; i < 20; i++) {
            FakeNode.Arrived request = node.arrived.take();
            assertThat(request.header().requestApiVersion()).isEqualTo((short) 9);
            assertThat(request.header().clientId()).isEqualTo("node-7-test");
            request.answer(new MetadataResponseData().setControllerId(i));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(((MetadataResponseData) answers.get(i).get()).controllerId())
                    .isEqualTo(i);
        }
        CompletableFuture<ApiMessage> fetch = channel.send(new FetchRequestData(), LONG_MS);
        FakeNode.Arrived request = node.arrived.take();
        assertThat(request.header().requestApiVersion()).isEqualTo(ApiKeys.FETCH.latestVersion());
        request.answer(ApiKeys.FETCH.messageType.newResponse());
        assertThat(fetch.get()).isNotNull();
        assertThat(node.connections).hasValue(1);
    }

    @Test
    void whatTheNodeDoesNotServeFailsAloneAndAtOnce() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        assertFails(channel.send(new ProduceRequestData(), LONG_MS), "does not serve");
        assertFails(channel.send(new ListOffsetsRequestData(), LONG_MS), "no common version");
        CompletableFuture<ApiMessage> good = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take().answer(new MetadataResponseData());
        assertThat(good.get()).isNotNull();
        assertThat(node.connections).hasValue(1);
    }

    @Test
    void aRequestThatTimesOutEndsTheConnectionAndTheNextOneReconnects() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> first = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take().answer(new MetadataResponseData());
        first.get(); // connected: what is sent now is on its way at once
        CompletableFuture<ApiMessage> late = channel.send(new MetadataRequestData(), 300);
        CompletableFuture<ApiMessage> behind = channel.send(new MetadataRequestData(), LONG_MS);
        assertFails(late, "no answer", true);
        assertFails(behind, "no answer");
        CompletableFuture<ApiMessage> next = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take();
        node.arrived.take();
        node.arrived.take().answer(new MetadataResponseData());
        assertThat(next.get()).isNotNull();
        assertThat(node.connections).hasValue(2);
    }

    @Test
    void refusedIsToldApartAndReconnectingGoesOnWhenTheNodeIsBack() throws Exception {
        int port = freePort();
        PeerChannel channel = channel(port);
        assertFails(channel.send(new MetadataRequestData(), LONG_MS), "refused", false);
        assertThat(channel.refused()).isTrue();
        assertFails(channel.send(new MetadataRequestData(), LONG_MS), "refused");

        FakeNode node = node(port);
        CompletableFuture<ApiMessage> answer = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take().answer(new MetadataResponseData());
        assertThat(answer.get()).isNotNull();
        assertThat(channel.refused()).isFalse();
    }

    @Test
    void aLostConnectionFailsWhatIsOutstanding() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> lost = channel.send(new MetadataRequestData(), LONG_MS);
        var unused = node.arrived.take().channel().close();
        assertFails(lost, "closed by the node", true);
        assertThat(channel.refused()).isFalse();
    }

    @Test
    void garbageAndAnswersOutOfOrderEndTheConnection() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> wrongId = channel.send(new MetadataRequestData(), LONG_MS);
        FakeNode.Arrived request = node.arrived.take();
        request.answer(new MetadataResponseData(), request.header().correlationId() + 1);
        assertFails(wrongId, "out of order");

        CompletableFuture<ApiMessage> garbage = channel.send(new MetadataRequestData(), LONG_MS);
        FakeNode.Arrived second = node.arrived.take();
        var unused = second.channel()
                .writeAndFlush(Unpooled.buffer()
                        .writeInt(9)
                        .writeInt(second.header().correlationId())
                        .writeByte(0)
                        .writeInt(-1));
        assertFails(garbage, "makes no sense");

        CompletableFuture<ApiMessage> huge = channel.send(new MetadataRequestData(), LONG_MS);
        unused = node.arrived.take().channel().writeAndFlush(Unpooled.buffer().writeInt(-5));
        assertFails(huge, "-5 bytes");
    }

    @Test
    void aNodeThatRefusesApiVersionsFailsWhoWaits() throws Exception {
        FakeNode node = node(0);
        node.apiVersionsMax = 2;
        assertFails(channel(node.port()).send(new MetadataRequestData(), LONG_MS), "UNSUPPORTED_VERSION");
    }

    @Test
    void timesOutWhileConnecting() throws Exception {
        FakeNode node = node(0);
        node.silent = true;
        assertFails(channel(node.port()).send(new MetadataRequestData(), 100), "no answer", false);
    }

    @Test
    void closingFailsEverythingAndIsFinal() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> outstanding = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take();
        channel.close();
        assertFails(outstanding, "closed", true);
        assertFails(channel.send(new MetadataRequestData(), LONG_MS), "closed", false);
    }

    @Test
    void aRequestSentByAFailedOnesCallbackGoesToTheNextConnection() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> retried = channel.send(new MetadataRequestData(), LONG_MS)
                .exceptionallyCompose(failure -> channel.send(new MetadataRequestData(), LONG_MS));
        var unused = node.arrived.take().channel().close();
        node.arrived.take().answer(new MetadataResponseData());
        assertThat(retried.get()).isNotNull();
    }

    @Test
    void outstandingRequestsAreBounded() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        for (int i = 0; i < 1_000; i++) {
            var unused = channel.send(new MetadataRequestData(), LONG_MS);
        }
        assertFails(channel.send(new MetadataRequestData(), LONG_MS), "more than 1000");
    }

    @Test
    void aStoppedLoopFailsTheRequest() throws Exception {
        FakeNode node = node(0);
        PeerChannel channel = channel(node.port());
        CompletableFuture<ApiMessage> outstanding = channel.send(new MetadataRequestData(), LONG_MS);
        node.arrived.take();
        channel.close(); // as its owner does before the loops are stopped
        assertFails(outstanding, "closed");
        PeerChannel late = channel(node.port());
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        assertFails(late.send(new MetadataRequestData(), LONG_MS), "stopped");
    }

    @Test
    void loopsStoppedUnderAnOpenChannelFailWhatIsOutstanding() throws Exception {
        FakeNode node = node(0);
        CompletableFuture<ApiMessage> outstanding = channel(node.port()).send(new MetadataRequestData(), LONG_MS);
        node.arrived.take();
        PeerChannel backingOff = channel(freePort());
        for (int attempt = 0; attempt < 8; attempt++) {
            assertFails(backingOff.send(new MetadataRequestData(), LONG_MS), "refused");
        }
        CompletableFuture<ApiMessage> waiting = backingOff.send(new MetadataRequestData(), LONG_MS);
        List<Throwable> told = new CopyOnWriteArrayList<>();
        backingOff.send(new MetadataRequestData(), LONG_MS, (answer, failure) -> told.add(failure));

        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        assertFails(outstanding, "", true);
        assertFails(waiting, "stopped", false);
        assertThat(waiting.isDone()).isTrue();
        assertThat(told).hasSize(1);
    }

    @Test
    void dialing() throws Exception {
        FakeNode node = node(0);
        assertThat(connector.dial("127.0.0.1", node.port(), LONG_MS).get()).isTrue();
        assertThat(connector.dial("127.0.0.1", freePort(), LONG_MS).get()).isFalse();
        assertFails(connector.dial("no-such-host.invalid", 1, LONG_MS), "cannot reach");
    }

    @Test
    void aHeldConnectionTellsOfItsEnd() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> held = connector.hold("127.0.0.1", listener.getLocalPort(), LONG_MS);
            Socket accepted = listener.accept();
            assertThat(held).isNotDone();
            accepted.close();
            held.get();

            CompletableFuture<Void> cancelled = connector.hold("127.0.0.1", listener.getLocalPort(), LONG_MS);
            try (Socket other = listener.accept()) {
                cancelled.cancel(false);
                assertThat(other.getInputStream().read())
                        .as("end of the stream")
                        .isEqualTo(-1);
            }
        }
        assertThatThrownBy(
                        () -> connector.hold("127.0.0.1", freePort(), LONG_MS).get())
                .hasMessageContaining("refused");
    }

    @Test
    void nothingIsDialledOnceTheLoopsHaveStopped() throws Exception {
        FakeNode node = node(0);
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        assertFails(connector.dial("127.0.0.1", node.port(), LONG_MS), "stopped");
        assertFails(connector.hold("127.0.0.1", node.port(), LONG_MS), "stopped");
    }

    private FakeNode node(int port) throws InterruptedException {
        FakeNode node = new FakeNode(port);
        closeables.add(node);
        return node;
    }

    private PeerChannel channel(int port) {
        PeerChannel channel = connector.connect("127.0.0.1", port, "test");
        closeables.add(channel);
        return channel;
    }

    private static void assertFails(CompletableFuture<?> future, String why) {
        assertThatThrownBy(() -> future.get(LONG_MS, TimeUnit.MILLISECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(PeerException.class)
                .hasMessageContaining(why);
    }

    private static void assertFails(CompletableFuture<?> future, String why, boolean sent) {
        assertFails(future, why);
        assertThatThrownBy(future::get).cause().satisfies(failure -> assertThat(((PeerException) failure).sent())
                .isEqualTo(sent));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
