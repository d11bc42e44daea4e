/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the server does when it is given more than it can take: it stops reading, and goes on later. */
@Timeout(60)
@ExtendWith(LeakWatch.class)
class BackPressureTest {
    private static final int VERSION = 12;

    private final Map<Integer, CompletableFuture<ApiMessage>> parked = new ConcurrentHashMap<>();

    @Test
    void noMoreThanSoManyRequestsAreInFlight() throws Exception {
        ServerFixture fixture = parking();
        fixture.limits = new ServerLimits(1_000_000, 3, 0);
        try (ServerFixture server = fixture.start();
                RawClient client = server.client();
                RawClient other = server.client()) {
            for (int id = 0; id < 20; id++) {
                client.send(id, VERSION, new MetadataRequestData());
            }
            for (int id = 0; id < 20; id++) {
                int first = id;
                int last = Math.min(id + 2, 19);
                Await.until("request " + last + " is handled", () -> parked.containsKey(last));
                // A round trip on another connection: nothing more has come up meanwhile.
                other.send(1000 + id, VERSION, new MetadataRequestData());
                Await.until("the other is handled", () -> parked.containsKey(1000 + first));
                assertThat(parked).doesNotContainKey(id + 3);
                answer(1000 + id);
                other.receive(1000 + id, ApiKeys.METADATA, VERSION);
                answer(id);
                client.receive(id, ApiKeys.METADATA, VERSION);
            }
        }
    }

    @Test
    void aClientThatDoesNotReadItsAnswersIsNotReadFrom() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        byte[] megabyte = new byte[1 << 20];
        int requests = 200;
        ServerFixture fixture = new ServerFixture().<FetchRequestData>serve(ApiKeys.FETCH, (context, request) -> {
            handled.incrementAndGet();
            FetchResponseData.FetchableTopicResponse topic =
                    new FetchResponseData.FetchableTopicResponse().setTopic("t");
            topic.partitions()
                    .add(new FetchResponseData.PartitionData()
                            .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(megabyte))));
            FetchResponseData response = new FetchResponseData();
            response.responses().add(topic);
            return CompletableFuture.completedFuture(response);
        });
        try (ServerFixture server = fixture.start();
                RawClient client = new RawClient(server.port, 64 * 1024)) {
            byte[] frame = RawClient.frame(5, VERSION, new FetchRequestData());
            ByteBuffer all = ByteBuffer.allocate(frame.length * requests);
            for (int i = 0; i < requests; i++) {
                all.put(frame);
            }
            client.send(all.array());
            Await.until("some are handled", () -> handled.get() > 0);
            for (int i = 0; i < requests; i++) {
                // The system's socket buffers take a few answers, and the write buffer's bound is one megabyte.
                assertThat(handled.get() - i).isLessThan(30);
                assertThat(client.frame().readableBytes()).isGreaterThan(megabyte.length);
            }
            assertThat(handled).hasValue(requests);
        }
    }

    @Test
    void largeRequestsTakeTurnsWhenMemoryIsShort() throws Exception {
        ServerFixture fixture = produce();
        fixture.memory = new RequestMemory(256 * 1024);
        byte[] frame = RawClient.frame(1, 9, produce(new byte[2_000_000]));
        try (ServerFixture server = fixture.start();
                RawClient first = server.client();
                RawClient second = server.client();
                RawClient small = server.client()) {
            int half = frame.length / 2;
            first.send(frame, 0, half);
            Await.until("the first holds half of its frame", () -> server.memory.used() >= half);
            // The second one must wait: whatever of it the server reads is bounded by one read of the socket.
            CompletableFuture<Void> secondSent = CompletableFuture.runAsync(() -> sendUnchecked(second, frame));
            // Small requests need no memory of their own.
            for (int i = 0; i < 20; i++) {
                ProduceResponseData answer = small.ask(i, 9, produce(new byte[10]));
                assertThat(answer).isNotNull();
            }
            assertThat(server.memory.used()).isLessThan(frame.length + 512 * 1024);
            first.send(frame, half, frame.length);
            first.receive(1, ApiKeys.PRODUCE, 9);
            second.receive(1, ApiKeys.PRODUCE, 9);
            secondSent.join();
            Await.until("all memory is given back", () -> server.memory.used() == 0);
        }
    }

    @Test
    void aHalfSentRequestOfAClosedConnectionGivesItsMemoryBack() throws Exception {
        ServerFixture fixture = produce();
        fixture.memory = new RequestMemory(256 * 1024);
        byte[] frame = RawClient.frame(1, 9, produce(new byte[2_000_000]));
        try (ServerFixture server = fixture.start()) {
            RawClient gone = server.client();
            gone.send(frame, 0, frame.length / 2);
            Await.until("it holds half of its frame", () -> server.memory.used() >= frame.length / 2);
            try (RawClient waiting = server.client()) {
                CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> sendUnchecked(waiting, frame));
                gone.close();
                waiting.receive(1, ApiKeys.PRODUCE, 9);
                sent.join();
            }
        }
    }

    @Test
    void whoStallsWhileMemoryIsShortIsClosed() throws Exception {
        ServerFixture fixture = produce();
        fixture.limits = new ServerLimits(100_000_000, 100, 0, 500);
        fixture.memory = new RequestMemory(256 * 1024);
        byte[] frame = RawClient.frame(1, 9, produce(new byte[2_000_000]));
        try (ServerFixture server = fixture.start();
                RawClient stalled = server.client();
                RawClient waiting = server.client()) {
            stalled.send(frame, 0, frame.length / 2);
            Await.until("it holds half of its frame", () -> server.memory.used() >= frame.length / 2);
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> sendUnchecked(waiting, frame));
            stalled.expectClosed();
            waiting.receive(1, ApiKeys.PRODUCE, 9);
            sent.join();
        }
    }

    /** Each holds some memory and goes on, byte by byte: they are closed together, not one after the other. */
    @Test
    void whoCrawlsWhileMemoryIsShortIsClosed() throws Exception {
        ServerFixture fixture = produce();
        fixture.limits = new ServerLimits(100_000_000, 100, 0, 500);
        fixture.memory = new RequestMemory(256 * 1024);
        byte[] frame = RawClient.frame(1, 9, produce(new byte[2_000_000]));
        List<RawClient> crawling = new ArrayList<>();
        AtomicBoolean served = new AtomicBoolean();
        try (ServerFixture server = fixture.start()) {
            for (int i = 0; i < 20; i++) {
                RawClient client = server.client();
                crawling.add(client);
                client.send(frame, 0, 70_000);
            }
            Await.until("memory is used up", () -> server.memory.used() >= 256 * 1024);
            CompletableFuture<Void> crawl = CompletableFuture.runAsync(() -> {
                while (!served.get()) {
                    crawling.forEach(client -> sendAByte(client, frame));
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            });
            try {
                Await.until("somebody else is served, who may have to ask again", () -> served(server, frame));
                assertThat(server.count("bad-requests")).isGreaterThan(1);
            } finally {
                served.set(true);
            }
            crawl.join();
        } finally {
            for (RawClient client : crawling) {
                client.close();
            }
        }
    }

    /** Many of them would take all direct memory, though each keeps to its bound. */
    @Test
    void whoReadsNothingWhileMemoryForAnswersIsShortIsClosed() throws Exception {
        byte[] answer = new byte[400 * 1024];
        ServerFixture fixture = new ServerFixture().<FetchRequestData>serve(ApiKeys.FETCH, (context, request) -> {
            FetchResponseData.FetchableTopicResponse topic =
                    new FetchResponseData.FetchableTopicResponse().setTopic("t");
            topic.partitions()
                    .add(new FetchResponseData.PartitionData()
                            .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(answer))));
            FetchResponseData response = new FetchResponseData();
            response.responses().add(topic);
            return CompletableFuture.completedFuture(response);
        });
        fixture.answers = new UnsentAnswers(4 << 20);
        byte[] frame = RawClient.frame(5, VERSION, new FetchRequestData());
        List<RawClient> deaf = new ArrayList<>();
        try (ServerFixture server = fixture.start();
                RawClient reading = server.client()) {
            for (int i = 0; i < 30; i++) {
                RawClient client = new RawClient(server.port, 8 * 1024);
                deaf.add(client);
                for (int request = 0; request < 30; request++) {
                    try {
                        client.send(frame);
                    } catch (IOException e) {
                        break; // closed
                    }
                }
            }
            Await.until("some are closed", () -> server.count("bad-requests") > 0);
            assertThat(fixture.answers.bytes()).isLessThan(30L * (answer.length + 1024) + (4 << 20));
            for (int i = 0; i < 10; i++) {
                reading.send(frame);
                assertThat(reading.frame().readableBytes()).isGreaterThan(answer.length);
            }
        } finally {
            for (RawClient client : deaf) {
                client.close();
            }
        }
        Await.until("all is given back", () -> fixture.answers.bytes() == 0);
    }

    @Test
    void idleConnectionsAreClosedButNotThoseThatWaitForUs() throws Exception {
        ServerFixture fixture = parking();
        fixture.limits = new ServerLimits(1_000_000, 100, 700);
        try (ServerFixture server = fixture.start();
                RawClient waiting = server.client()) {
            waiting.send(1, VERSION, new MetadataRequestData());
            Await.until("it is handled", () -> parked.containsKey(1));
            try (RawClient idle = server.client();
                    RawClient another = server.client()) {
                idle.expectClosed();
                another.expectClosed();
            }
            answer(1);
            MetadataResponseData late = waiting.receive(1, ApiKeys.METADATA, VERSION);
            assertThat(late).isNotNull();
            assertThat(server.count("connections-closed-idle")).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void connectionsAreBounded() throws Exception {
        ServerFixture fixture = parking();
        fixture.connections = new ConnectionQuota(100, 2);
        try (ServerFixture server = fixture.start();
                RawClient one = server.client()) {
            RawClient two = server.client();
            Await.until("both are there", () -> server.count("connections") == 2);
            try (RawClient three = server.client()) {
                three.expectClosed();
            }
            assertThat(server.count("connections-refused")).isEqualTo(1);
            two.close();
            Await.until("one is gone", () -> server.count("connections") == 1);
            try (RawClient next = server.client()) {
                next.send(1, VERSION, new MetadataRequestData());
                Await.until("it is handled", () -> parked.containsKey(1));
            }
            assertThat(one).isNotNull();
        }
    }

    private ServerFixture parking() {
        return new ServerFixture().serve(ApiKeys.METADATA, (context, request) -> {
            CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
            parked.put(context.correlationId(), answer);
            return answer;
        });
    }

    private static ServerFixture produce() {
        return new ServerFixture()
                .serve(
                        ApiKeys.PRODUCE,
                        (context, request) -> CompletableFuture.completedFuture(new ProduceResponseData()));
    }

    private void answer(int correlationId) {
        Objects.requireNonNull(parked.get(correlationId)).complete(new MetadataResponseData());
    }

    private static boolean served(ServerFixture server, byte[] frame) {
        try (RawClient client = new RawClient(server.port)) {
            client.send(frame);
            client.receive(1, ApiKeys.PRODUCE, 9);
            return true;
        } catch (IOException e) {
            return false; // closed with the others
        }
    }

    private static void sendAByte(RawClient client, byte[] frame) {
        try {
            client.send(frame, 70_000, 70_001);
        } catch (IOException e) {
            return; // closed, as it should be
        }
    }

    private static void sendUnchecked(RawClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProduceRequestData produce(byte[] records) {
        ProduceRequestData.TopicProduceData topic = new ProduceRequestData.TopicProduceData().setName("t");
        topic.partitionData()
                .add(new ProduceRequestData.PartitionProduceData()
                        .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(records))));
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
        request.topicData().add(topic);
        return request;
    }
}
