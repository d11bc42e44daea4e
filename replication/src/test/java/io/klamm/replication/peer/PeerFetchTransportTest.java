/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport.PartitionFetch;
import io.klamm.replication.fetch.FetchTransport.Request;
import io.klamm.replication.fetch.FetchTransport.Response;
import io.klamm.replication.partition.FetchPosition;
import io.klamm.replication.partition.FetchedPartition;
import io.klamm.storage.log.EpochEnd;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PeerFetchTransportTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final Uuid OTHER = new Uuid(2, 2);

    private final List<String> dialled = new ArrayList<>();
    private final List<FetchRequestData> sent = new ArrayList<>();
    private final List<Response> responses = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private CompletableFuture<ApiMessage> answer = new CompletableFuture<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private final PeerFetchTransport transport =
            new PeerFetchTransport(new FakeConnector(), () -> image, "INTERNAL", 2, 0, 30_000);

    private final class FakeConnector implements PeerConnector {
        @Override
        public PeerChannel connect(String host, int port, String purpose) {
            dialled.add(host + ":" + port + " " + purpose);
            return new PeerChannel() {
                @Override
                public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
                    sent.add((FetchRequestData) request);
                    return answer;
                }

                @Override
                public void send(
                        ApiMessage request,
                        long timeoutMs,
                        BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done) {
                    var unused = send(request, timeoutMs).whenComplete(done);
                }

                @Override
                public String remote() {
                    return host + ":" + port;
                }

                @Override
                public boolean refused() {
                    return false;
                }

                @Override
                public void close() {
                    dialled.add("closed " + port);
                }
            };
        }

        @Override
        public CompletableFuture<Boolean> dial(String host, int port, long timeoutMs) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public CompletableFuture<Void> hold(String host, int port, long timeoutMs) {
            return new CompletableFuture<>();
        }
    }

    private void register(int port) {
        image = image.apply(List.of(new BrokerRegistered(
                2,
                image.endOffset(),
                new Uuid(5, port),
                List.of(new Endpoint("CLIENTS", "h", 1, (short) 0), new Endpoint("INTERNAL", "h", port, (short) 0)),
                null,
                List.of(),
                (short) 1,
                (short) 1,
                true)));
    }

    private void fetch() {
        transport.fetch(
                new Request(
                        1,
                        17,
                        9,
                        3,
                        List.of(
                                new PartitionFetch(new PartitionId(TOPIC, 0), 4, new FetchPosition(10, 3, 2), 1000),
                                new PartitionFetch(new PartitionId(OTHER, 5), 6, new FetchPosition(0, -1, 0), 1000),
                                new PartitionFetch(new PartitionId(TOPIC, 1), 4, new FetchPosition(7, 4, 0), 1000)),
                        List.of(new PartitionId(OTHER, 1), new PartitionId(OTHER, 2)),
                        500,
                        1,
                        10_000),
                (response, failure) -> {
                    if (response != null) {
                        responses.add(response);
                    }
                    if (failure != null) {
                        failures.add(failure);
                    }
                });
    }

    @Test
    void asksAsTheProtocolHasIt() {
        register(9092);
        fetch();
        FetchRequestData request = sent.get(0);
        assertThat(request.replicaState().replicaId()).isEqualTo(1);
        assertThat(request.replicaState().replicaEpoch()).isEqualTo(17);
        assertThat(request.sessionId()).isEqualTo(9);
        assertThat(request.sessionEpoch()).isEqualTo(3);
        assertThat(request.topics()).hasSize(2);
        assertThat(request.topics().get(0).topicId()).isEqualTo(TOPIC);
        assertThat(request.topics().get(0).partitions()).hasSize(2);
        assertThat(request.topics().get(0).partitions().get(0).fetchOffset()).isEqualTo(10);
        assertThat(request.topics().get(0).partitions().get(0).lastFetchedEpoch())
                .isEqualTo(3);
        assertThat(request.topics().get(0).partitions().get(0).currentLeaderEpoch())
                .isEqualTo(4);
        assertThat(request.topics().get(0).partitions().get(0).logStartOffset()).isEqualTo(2);
        assertThat(request.forgottenTopicsData().get(0).partitions()).containsExactly(1, 2);
    }

    @Test
    void understandsTheAnswer() {
        register(9092);
        fetch();
        ByteBuffer bytes = ByteBuffer.allocate(100);
        answer.complete(new FetchResponseData()
                .setSessionId(9)
                .setResponses(List.of(new FetchableTopicResponse()
                        .setTopicId(TOPIC)
                        .setPartitions(List.of(
                                new PartitionData()
                                        .setPartitionIndex(0)
                                        .setHighWatermark(12)
                                        .setLogStartOffset(1)
                                        .setRecords(MemoryRecords.readableRecords(bytes)),
                                new PartitionData()
                                        .setPartitionIndex(1)
                                        .setHighWatermark(3)
                                        .setDivergingEpoch(
                                                new EpochEndOffset().setEpoch(2).setEndOffset(5)),
                                new PartitionData()
                                        .setPartitionIndex(2)
                                        .setErrorCode(Errors.FENCED_LEADER_EPOCH.code())
                                        .setHighWatermark(-1))))));
        assertThat(responses).hasSize(1);
        assertThat(responses.get(0).sessionId()).isEqualTo(9);
        List<FetchedPartition> rows = responses.get(0).partitions();
        assertThat(rows.get(0).highWatermark()).isEqualTo(12);
        assertThat(rows.get(0).logStartOffset()).isEqualTo(1);
        assertThat(rows.get(0).diverging()).isNull();
        assertThat(rows.get(0).records()).isEqualTo(bytes);
        assertThat(rows.get(1).diverging()).isEqualTo(new EpochEnd(2, 5));
        assertThat(rows.get(1).records()).isNull();
        assertThat(rows.get(2).error()).isEqualTo(Errors.FENCED_LEADER_EPOCH);
    }

    @Test
    void dialsWhereTheNewestImageSaysTheSourceIs() {
        fetch();
        assertThat(failures).as("not registered").hasSize(1);
        register(9092);
        fetch();
        fetch();
        register(9192);
        fetch();
        transport.close();
        fetch();
        assertThat(dialled).containsExactly("h:9092 fetch-0", "closed 9092", "h:9192 fetch-0", "closed 9192");
        assertThat(failures).hasSize(2);
    }

    @Test
    void anAnswerThatIsThereAtOnceCounts() {
        register(9092);
        answer = CompletableFuture.completedFuture(new FetchResponseData());
        fetch();
        assertThat(responses).hasSize(1);
        assertThat(failures).isEmpty();
    }

    @Test
    void aFailedRequestIsToldOnce() {
        register(9092);
        fetch();
        answer.completeExceptionally(new PeerException("connection lost"));
        assertThat(failures).hasSize(1);
        assertThat(responses).isEmpty();
    }
}
