/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.replication.wire.Transport;
import io.netty.buffer.ByteBuf;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server over real sockets. */
@Timeout(60)
@ExtendWith(LeakWatch.class)
class SocketServerTest {
    private static final int METADATA_VERSION = 12;

    /** Metadata requests that have no answer yet, by correlation id. */
    private final Map<Integer, CompletableFuture<ApiMessage>> parked = new ConcurrentHashMap<>();

    @ParameterizedTest
    @EnumSource(Transport.class)
    void answersComeInTheOrderOfTheRequests(Transport transport) throws Exception {
        try (ServerFixture server = parkingServer(new ServerFixture(transport)).start();
                RawClient client = server.client()) {
            for (int id = 0; id < 50; id++) {
                client.send(id, METADATA_VERSION, new MetadataRequestData());
            }
            Await.until("all are handled", () -> parked.size() == 50);
            for (int id = 49; id >= 0; id--) {
                answer(id);
            }
            for (int id = 0; id < 50; id++) {
                assertThat(receiveMetadata(client, id).controllerId()).isEqualTo(id);
            }
        }
    }

    @Test
    void aReservedPortRefusesUntilTheServerListens() throws Exception {
        try (ServerFixture fixture = echoServer().start()) {
            try (SocketServer server = fixture.server(0)) {
                int port = server.reserve();
                assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                        .isInstanceOf(ConnectException.class);
                try (ServerSocket other = new ServerSocket()) {
                    other.setReuseAddress(false);
                    assertThatThrownBy(() -> other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
                            .isInstanceOf(BindException.class);
                }
                server.listen();
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                assertThatThrownBy(() -> fixture.server(port).reserve())
                        .isInstanceOf(ListenerException.class)
                        .hasMessageContaining("the port is in use");
            }
        }
    }

    @Test
    void noAnswerLeavesNoGap() throws Exception {
        try (ServerFixture server = parkingServer(new ServerFixture())
                        .serve(ApiKeys.PRODUCE, (context, request) -> CompletableFuture.completedFuture(null))
                        .start();
                RawClient client = server.client()) {
            client.send(1, METADATA_VERSION, new MetadataRequestData());
            client.send(2, 9, produce((short) 0, new byte[100]));
            client.send(3, METADATA_VERSION, new MetadataRequestData());
            Await.until("all are handled", () -> parked.size() == 2);
            answer(3);
            answer(1);
            assertThat(receiveMetadata(client, 1).controllerId()).isEqualTo(1);
            assertThat(receiveMetadata(client, 3).controllerId()).isEqualTo(3);
        }
    }

    @Test
    void badInputClosesThatConnectionOnly() throws Exception {
        try (ServerFixture server = echoServer().start();
                RawClient good = server.client()) {
            List<byte[]> bad = new ArrayList<>();
            bad.add("GET / HTTP/1.1\r\nHost: klamm\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            bad.add(ints(-1));
            bad.add(ints(Integer.MAX_VALUE));
            bad.add(ints(0));
            bad.add(ByteBuffer.allocate(10)
                    .putInt(6)
                    .putShort((short) 3)
                    .putInt(7)
                    .array()); // cut in the header
            bad.add(header(999, 0)); // no such API
            bad.add(header(-5, 0));
            bad.add(header(ApiKeys.LEADER_AND_ISR.id, 0)); // gone since 4.0
            bad.add(RawClient.frame(1, 0, ApiKeys.LIST_GROUPS.messageType.newRequest())); // known, not served here
            bad.add(header(ApiKeys.METADATA.id, 99));
            bad.add(header(ApiKeys.METADATA.id, -1));
            byte[] lying = RawClient.frame(1, 8, new MetadataRequestData());
            ByteBuffer.wrap(lying).putInt(4 + 8 + 2 + 3, 999_999_999); // number of topics
            bad.add(lying);
            for (int i = 0; i < bad.size(); i++) {
                try (RawClient client = server.client()) {
                    assertThat(askMetadata(client, 1)).isNotNull();
                    client.send(bad.get(i));
                    client.expectClosed();
                }
                assertThat(askMetadata(good, i)).isNotNull();
                assertThat(server.count("bad-requests")).as("after case %d", i).isEqualTo(i + 1);
            }
            assertThat(server.count("failed-requests")).isZero();
        }
    }

    @Test
    void aSlowSenderIsServed() throws Exception {
        try (ServerFixture server = echoServer().start();
                RawClient client = server.client()) {
            byte[] frame = RawClient.frame(5, METADATA_VERSION, new MetadataRequestData());
            for (int i = 0; i < frame.length; i++) {
                client.send(frame, i, i + 1);
            }
            assertThat(receiveMetadata(client, 5)).isNotNull();
        }
    }

    @Test
    void recordsArriveAndTheirBufferIsDirect() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(3).nextBytes(content);
        CompletableFuture<byte[]> arrived = new CompletableFuture<>();
        try (ServerFixture server = new ServerFixture()
                        .<ProduceRequestData>serve(ApiKeys.PRODUCE, (context, request) -> {
                            ByteBuffer records = ((MemoryRecords) request.topicData()
                                            .iterator()
                                            .next()
                                            .partitionData()
                                            .get(0)
                                            .records())
                                    .buffer();
                            assertThat(records.isDirect()).isTrue();
                            byte[] copy = new byte[records.remaining()];
                            records.get(copy);
                            arrived.complete(copy);
                            return CompletableFuture.completedFuture(new ProduceResponseData());
                        })
                        .start();
                RawClient client = server.client()) {
            ProduceResponseData answer = client.ask(1, 9, produce((short) -1, content));
            assertThat(answer).isNotNull();
            assertThat(arrived.get()).isEqualTo(content);
            Await.until("the memory is given back", () -> server.memory.used() == 0);
        }
    }

    @Test
    void anApiVersionsRequestOfTheFutureIsToldWhatToUse() throws Exception {
        try (ServerFixture server = echoServer().start();
                RawClient client = server.client()) {
            for (int version : new int[] {6, 99, Short.MAX_VALUE, -1}) {
                client.send(header(ApiKeys.API_VERSIONS.id, version));
                ApiVersionsResponseData answer = client.receive(7, ApiKeys.API_VERSIONS, 0);
                assertThat(answer.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
                assertThat(answer.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion())
                        .isEqualTo((short) 5);
            }
            ApiVersionsResponseData answer = client.ask(
                    8,
                    4,
                    new ApiVersionsRequestData().setClientSoftwareName("raw").setClientSoftwareVersion("1"));
            assertThat(answer.errorCode()).isZero();
            assertThat(answer.apiKeys())
                    .extracting(ApiVersionsResponseData.ApiVersion::apiKey)
                    .containsExactlyInAnyOrder(ApiKeys.API_VERSIONS.id, ApiKeys.METADATA.id);
        }
    }

    @Test
    void oldProduceVersionsAreRefusedInTheirOwnFormat() throws Exception {
        try (ServerFixture server = echoServer()
                        .serve(ApiKeys.PRODUCE, (context, request) -> CompletableFuture.completedFuture(null))
                        .start();
                RawClient client = server.client()) {
            for (int version = 0; version < 3; version++) {
                ByteBuffer frame = ByteBuffer.allocate(200).putInt(0);
                frame.putShort(ApiKeys.PRODUCE.id)
                        .putShort((short) version)
                        .putInt(77)
                        .putShort((short) -1);
                frame.putShort((short) 1).putInt(1000).putInt(1);
                frame.putShort((short) 2).put((byte) 'a').put((byte) 'b');
                frame.putInt(1).putInt(5).putInt(3).put(new byte[3]);
                frame.putInt(0, frame.position() - 4);
                client.send(frame.array(), 0, frame.position());

                ByteBuf answer = client.frame();
                assertThat(answer.readInt()).isEqualTo(77);
                assertThat(answer.readInt()).isEqualTo(1);
                assertThat(answer.readShort()).isEqualTo((short) 2);
                assertThat(answer.readShort()).isEqualTo((short) (('a' << 8) + 'b'));
                assertThat(answer.readInt()).isEqualTo(1);
                assertThat(answer.readInt()).isEqualTo(5);
                assertThat(answer.readShort()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
                assertThat(answer.readLong()).isEqualTo(-1);
                assertThat(answer.readableBytes()).isEqualTo((version >= 2 ? 8 : 0) + (version >= 1 ? 4 : 0));
            }
            assertThat(askMetadata(client, 1)).isNotNull();
        }
    }

    @Test
    void aFailingHandlerIsAnsweredWithTheApisError() throws Exception {
        try (ServerFixture server = new ServerFixture()
                        .<CreateTopicsRequestData>serve(ApiKeys.CREATE_TOPICS, (context, request) -> {
                            if (request.timeoutMs() == 1) {
                                throw new InvalidTopicException("thrown");
                            }
                            if (request.timeoutMs() == 2) {
                                return CompletableFuture.failedFuture(new InvalidTopicException("failed"));
                            }
                            throw new IllegalStateException("a fault of ours");
                        })
                        .start();
                RawClient client = server.client()) {
            Errors[] expected = {
                Errors.INVALID_TOPIC_EXCEPTION, Errors.INVALID_TOPIC_EXCEPTION, Errors.UNKNOWN_SERVER_ERROR
            };
            for (int i = 1; i <= 3; i++) {
                CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(i);
                request.topics().add(new CreateTopicsRequestData.CreatableTopic().setName("t"));
                CreateTopicsResponseData answer = client.ask(i, 7, request);
                assertThat(answer.topics().find("t").errorCode()).isEqualTo(expected[i - 1].code());
            }
            assertThat(server.count("failed-requests")).isEqualTo(1);
        }
    }

    @Test
    void closingByAHandlerComesAfterTheAnswersBefore() throws Exception {
        try (ServerFixture server = parkingServer(new ServerFixture())
                        .serve(
                                ApiKeys.PRODUCE,
                                (context, request) ->
                                        CompletableFuture.failedFuture(new CloseConnectionException("acks=0")))
                        .start();
                RawClient client = server.client()) {
            client.send(1, METADATA_VERSION, new MetadataRequestData());
            client.send(2, 9, produce((short) 0, new byte[10]));
            client.send(3, METADATA_VERSION, new MetadataRequestData());
            Await.until("all are handled", () -> parked.size() == 2);
            answer(3);
            answer(1);
            assertThat(receiveMetadata(client, 1).controllerId()).isEqualTo(1);
            client.expectClosed();
        }
    }

    @Test
    void theCoordinatesOfARequest() throws Exception {
        CompletableFuture<RequestContext> seen = new CompletableFuture<>();
        try (ServerFixture server = new ServerFixture()
                .serve(ApiKeys.METADATA, (context, request) -> {
                    seen.complete(context);
                    return CompletableFuture.completedFuture(new MetadataResponseData());
                })
                .start()) {
            try (RawClient client = server.client()) {
                assertThat(askMetadata(client, 3)).isNotNull();
            }
            RequestContext context = seen.get();
            assertThat(context.clientId()).isEqualTo("raw");
            assertThat(context.correlationId()).isEqualTo(3);
            assertThat(context.version()).isEqualTo((short) METADATA_VERSION);
            assertThat(context.listenerName()).isEqualTo("TEST");
            assertThat(context.client().getAddress().isLoopbackAddress()).isTrue();
            assertThat(server.closed.take()).isEqualTo(context.connectionId());
            assertThat(server.count("connections")).isZero();
        }
    }

    @Test
    void aBusyPortIsAClearMessage() throws Exception {
        try (ServerFixture server = echoServer().start()) {
            assertThatThrownBy(() -> server.server(server.port).start())
                    .isInstanceOf(ListenerException.class)
                    .hasMessageContaining("TEST")
                    .hasMessageContaining(":" + server.port)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void stoppingEndsConnectionsAndDropsLateAnswers() throws Exception {
        try (ServerFixture server = parkingServer(new ServerFixture()).start();
                RawClient client = server.client()) {
            client.send(1, METADATA_VERSION, new MetadataRequestData());
            Await.until("it is handled", () -> parked.size() == 1);
            server.stop();
            client.expectClosed();
            answer(1);
            assertThatThrownBy(server::client).isInstanceOf(java.net.ConnectException.class);
        }
    }

    @Test
    void throttlingIsToldAndMutes() throws Exception {
        ServerFixture fixture = echoServer();
        fixture.quota = (context, bytes) -> context.correlationId() == 1 ? 40 : 0;
        try (ServerFixture server = fixture.start();
                RawClient client = server.client()) {
            assertThat(askMetadata(client, 1).throttleTimeMs()).isEqualTo(40);
            assertThat(askMetadata(client, 2).throttleTimeMs()).isZero();
        }
    }

    @Test
    void unknownTablesAreRefused() {
        ApiHandler<ListOffsetsRequestData> one = handler(ApiKeys.LIST_OFFSETS);
        ApiHandler<FetchRequestData> versions = handler(ApiKeys.API_VERSIONS);
        assertThatThrownBy(() -> new ApiTable(List.of(one, handler(ApiKeys.LIST_OFFSETS), versions)))
                .hasMessageContaining("two handlers");
        assertThatThrownBy(() -> new ApiTable(List.of(one))).hasMessageContaining("ApiVersions");
        assertThatThrownBy(() -> new ApiTable(List.of(versions, handler(ApiKeys.VOTE))))
                .hasMessageContaining("no row");
    }

    private ServerFixture parkingServer(ServerFixture fixture) {
        return fixture.serve(ApiKeys.METADATA, (context, request) -> {
            CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
            parked.put(context.correlationId(), answer);
            return answer;
        });
    }

    private static ServerFixture echoServer() {
        return new ServerFixture()
                .serve(
                        ApiKeys.METADATA,
                        (context, request) -> CompletableFuture.completedFuture(
                                new MetadataResponseData().setControllerId(context.correlationId())));
    }

    private void answer(int correlationId) {
        CompletableFuture<ApiMessage> answer = Objects.requireNonNull(parked.get(correlationId));
        answer.complete(new MetadataResponseData().setControllerId(correlationId));
    }

    private static MetadataResponseData askMetadata(RawClient client, int correlationId) throws Exception {
        return client.ask(correlationId, METADATA_VERSION, new MetadataRequestData());
    }

    private static MetadataResponseData receiveMetadata(RawClient client, int correlationId) throws Exception {
        return client.receive(correlationId, ApiKeys.METADATA, METADATA_VERSION);
    }

    private static <Q extends ApiMessage> ApiHandler<Q> handler(ApiKeys api) {
        return new ApiHandler<>() {
            @Override
            public ApiKeys api() {
                return api;
            }

            @Override
            public CompletableFuture<ApiMessage> handle(RequestContext context, Q request) {
                return CompletableFuture.completedFuture(api.messageType.newResponse());
            }
        };
    }

    private static ProduceRequestData produce(short acks, byte[] records) {
        ProduceRequestData.TopicProduceData topic = new ProduceRequestData.TopicProduceData().setName("t");
        topic.partitionData()
                .add(new ProduceRequestData.PartitionProduceData()
                        .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(records))));
        ProduceRequestData request = new ProduceRequestData().setAcks(acks).setTimeoutMs(1000);
        request.topicData().add(topic);
        return request;
    }

    private static byte[] ints(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** A frame with correlation id 7, no client id and an empty message. */
    private static byte[] header(int api, int version) {
        return ByteBuffer.allocate(4 + 11)
                .putInt(11)
                .putShort((short) api)
                .putShort((short) version)
                .putInt(7)
                .putShort((short) -1)
                .array();
    }
}
