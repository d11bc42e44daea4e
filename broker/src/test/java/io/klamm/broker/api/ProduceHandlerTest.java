/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.net.CloseConnectionException;
import io.klamm.broker.net.OccasionalLog;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.AppendOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceHandlerTest {
    private static final int NEWEST = 13;
    private static final long NOW = 1_000_000_000L;

    private final TestImages images = new TestImages().broker(1).broker(2);
    private final TestReplicas replicas = new TestReplicas();
    private final TopicImage topic = images.topic("orders", 3, 1, 2);
    private final TestReplica first = replicas.add("orders", new PartitionId(topic.id(), 0));
    private final TestReplica second = replicas.add("orders", new PartitionId(topic.id(), 1));
    private ProduceHandler handler = handler(Authorizer.ALLOW_ALL);

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.PRODUCE);
    }

    private ProduceHandler handler(Authorizer authorizer) {
        return new ProduceHandler(
                images,
                replicas,
                authorizer,
                () -> NOW,
                new OccasionalLog((delay, task) -> {}),
                new SlowAppends(
                        Runnable::run, new ComingLeaders(1, images, images, offset -> new CompletableFuture<>())));
    }

    private static BaseRecords records(int bytes) {
        return MemoryRecords.readableRecords(ByteBuffer.allocate(bytes));
    }

    private static ProduceRequestData request(int acks, TopicImage topic, int... partitions) {
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) acks).setTimeoutMs(30);
        TopicProduceData data = new TopicProduceData().setName(topic.name()).setTopicId(topic.id());
        for (int partition : partitions) {
            data.partitionData()
                    .add(new PartitionProduceData().setIndex(partition).setRecords(records(10 + partition)));
        }
        request.topicData().add(data);
        return request;
    }

    private CompletableFuture<? extends ProduceResponseData> send(ProduceRequestData request, int version) {
        return handler.handle(TestRequests.context(ApiKeys.PRODUCE, version), request)
                .toCompletableFuture();
    }

    private static ProduceResponseData answer(CompletableFuture<? extends ProduceResponseData> future, int version) {
        return TestRequests.answered(future, ApiKeys.PRODUCE, version);
    }

    private static PartitionProduceResponse row(ProduceResponseData response, int index) {
        TopicProduceResponse topic = response.responses().iterator().next();
        return topic.partitionResponses().get(index);
    }

    private Errors onlyError(ProduceRequestData request, int version) {
        return Errors.forCode(row(answer(send(request, version), version), 0).errorCode());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void answersWhenTheLastPartitionIsDone(int version) {
        var future = send(request(-1, topic, 0, 1), version);
        assertThat(first.appends.get(0).bytes()).isEqualTo(10);
        assertThat(second.appends.get(0).bytes()).isEqualTo(11);
        assertThat(second.appends.get(0).acks()).isEqualTo((short) -1);
        assertThat(second.appends.get(0).deadlineNanos()).isEqualTo(NOW + 30_000_000L);

        second.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 200, 9, 2));
        assertThat(future).isNotDone();
        first.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 100, -1, 1));

        ProduceResponseData response = answer(future, version);
        TopicProduceResponse answered = response.responses().iterator().next();
        assertThat(answered.topicId()).isEqualTo(version >= 13 ? topic.id() : Uuid.ZERO_UUID);
        assertThat(row(response, 0).baseOffset()).isEqualTo(100);
        assertThat(row(response, 1).baseOffset()).isEqualTo(200);
        assertThat(row(response, 1).logAppendTimeMs()).isEqualTo(9);
        if (version >= 5) {
            assertThat(row(response, 1).logStartOffset()).isEqualTo(2);
        }
    }

    @Test
    void aTransactionThatNobodyCouldEndIsRefused() {
        ProduceRequestData request = request(-1, topic, 0);
        MemoryRecords transactional = MemoryRecords.withTransactionalRecords(
                0, Compression.NONE, 5, (short) 0, 0, 0, new SimpleRecord("v".getBytes(StandardCharsets.UTF_8)));
        request.topicData().iterator().next().partitionData().get(0).setRecords(transactional);
        assertThat(onlyError(request, NEWEST)).isEqualTo(Errors.INVALID_TXN_STATE);
        assertThat(first.appends).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void oneBadPartitionDoesNotHarmTheOthers(int version) {
        var future = send(request(1, topic, 7, 0), version);
        first.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 100, -1, 1));

        ProduceResponseData response = answer(future, version);
        assertThat(row(response, 0).errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(row(response, 1).errorCode()).isZero();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void namesTheNewLeaderFromVersion10On(int version) {
        var future = send(request(-1, topic, 0), version);
        images.leader(topic, 0, 2, 6);
        first.appends.get(0).done().accept(AppendOutcome.failed(Errors.NOT_LEADER_OR_FOLLOWER, null));

        ProduceResponseData response = answer(future, version);
        assertThat(row(response, 0).errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        if (version >= 10) {
            assertThat(row(response, 0).currentLeader().leaderId()).isEqualTo(2);
            assertThat(row(response, 0).currentLeader().leaderEpoch()).isEqualTo(6);
            assertThat(response.nodeEndpoints().find(2).port()).isEqualTo(9002);
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void refusesUnknownTopics(int version) {
        TopicImage unknown = new TopicImage(new Uuid(1, 1), "nothing", topic.partitions());

        assertThat(onlyError(request(1, unknown, 0), version))
                .isEqualTo(version >= 13 ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, 2, 100})
    void refusesOtherAcks(int acks) {
        assertThat(onlyError(request(acks, topic, 0), NEWEST)).isEqualTo(Errors.INVALID_REQUIRED_ACKS);
        assertThat(first.appends).isEmpty();
    }

    @Test
    void refusesMissingAndEmptyRecords() {
        ProduceRequestData request = request(1, topic, 0, 1);
        TopicProduceData data = request.topicData().iterator().next();
        data.partitionData().get(0).setRecords(null);
        data.partitionData().get(1).setRecords(records(0));

        ProduceResponseData response = answer(send(request, NEWEST), NEWEST);

        assertThat(row(response, 0).errorCode()).isEqualTo(Errors.INVALID_RECORD.code());
        assertThat(row(response, 1).errorCode()).isEqualTo(Errors.INVALID_RECORD.code());
        assertThat(row(response, 0).errorMessage()).contains("no records");
    }

    @Test
    void refusesTransactionsUntilThereAreAny() {
        ProduceRequestData request = request(-1, topic, 0).setTransactionalId("tx");

        assertThat(onlyError(request, NEWEST)).isEqualTo(Errors.TRANSACTIONAL_ID_NOT_FOUND);
        assertThat(first.appends).isEmpty();
    }

    @Test
    void refusesInternalTopicsAndUnauthorizedOnes() {
        TopicImage internal = images.topic("__consumer_offsets", 1, 1);
        assertThat(onlyError(request(1, internal, 0), NEWEST)).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);

        handler = handler(TestRequests.denying(Operation.WRITE, "orders"));
        assertThat(onlyError(request(1, topic, 0), NEWEST)).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED);
        assertThat(first.appends).isEmpty();
    }

    @Test
    void aReplicaThatIsNotThereYetIsNotTheLeader() {
        assertThat(onlyError(request(1, topic, 2), NEWEST)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void acksZeroHasNoAnswerAndAFailureClosesTheConnection() {
        var good = send(request(0, topic, 0), NEWEST);
        first.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 100, -1, 1));
        assertThat(good).isCompletedWithValue(null);

        var bad = send(request(0, topic, 2), NEWEST);
        assertThat(bad).isCompletedExceptionally();
        assertThat(bad.handle((response, failure) -> failure).join()).isInstanceOf(CloseConnectionException.class);

        var notLeader = send(request(0, topic, 0), NEWEST);
        first.appends.get(1).done().accept(AppendOutcome.failed(Errors.NOT_LEADER_OR_FOLLOWER, null));
        assertThat(notLeader.handle((response, failure) -> failure).join())
                .as("the client looks for the leader again, as with Apache Kafka")
                .isInstanceOf(CloseConnectionException.class);
    }

    @Test
    void aSecondOutcomeOfAPartitionCountsForNothing() {
        var future = send(request(-1, topic, 0, 1), NEWEST);
        first.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 100, -1, 1));
        first.appends.get(0).done().accept(AppendOutcome.failed(Errors.UNKNOWN_SERVER_ERROR, null));
        assertThat(future).as("the other partition is still open").isNotDone();
        second.appends.get(0).done().accept(new AppendOutcome(Errors.NONE, null, 200, 9, 2));
        ProduceResponseData response = answer(future, NEWEST);
        assertThat(Errors.forCode(row(response, 0).errorCode())).isEqualTo(Errors.NONE);
        assertThat(row(response, 0).baseOffset()).isEqualTo(100);
    }

    @Test
    void anEmptyRequestIsAnsweredEmpty() {
        ProduceResponseData response = answer(send(new ProduceRequestData().setAcks((short) 1), NEWEST), NEWEST);
        assertThat(response.responses()).isEmpty();
    }
}
