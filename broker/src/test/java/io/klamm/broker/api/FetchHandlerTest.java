/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static io.klamm.broker.api.FetchFixture.add;
import static io.klamm.broker.api.FetchFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.security.Authorizer.Operation;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.storage.log.EpochEnd;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FetchHandlerTest {
    private static final int NEWEST = 18;

    private final FetchFixture fixture = new FetchFixture();
    private final TopicImage topic = fixture.topic("orders", 3);

    static List<Integer> versions() {
        return TestRequests.versions(ApiKeys.FETCH);
    }

    @AfterEach
    void everyRangeHasBeenGivenBack() {
        assertThat(fixture.rangesOut()).isZero();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void returnsRecordsAndStateInEveryVersion(int version) {
        fixture.replica(topic, 1).grow(10);
        fixture.replica(topic, 1).grow(20);

        FetchFixture.Answer answer = fixture.answer(add(request(1, 100), topic, 1, 0, 100), version);

        assertThat(answer.response().errorCode()).isZero();
        FetchFixture.Row row = answer.row(topic, 1);
        assertThat(row.bytes()).isEqualTo(30);
        assertThat(row.data().highWatermark()).isEqualTo(2);
        assertThat(row.data().lastStableOffset()).isEqualTo(2);
        assertThat(row.data().preferredReadReplica()).isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aPartitionThatIsNamedAgainIsReadOnceAsItIsNamedLast(int version) {
        fixture.replica(topic, 1).grow(10);
        fixture.replica(topic, 1).grow(20);
        FetchRequestData request = add(request(1, 100), topic, 1, 0, 100);
        add(request, topic, 1, 1, 100);

        FetchFixture.Answer answer = fixture.answer(request, version);

        assertThat(answer.response().responses())
                .flatExtracting(FetchResponseData.FetchableTopicResponse::partitions)
                .hasSize(1);
        assertThat(answer.row(topic, 1).bytes()).isEqualTo(20);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void saysInEveryVersionThatThereIsNoSuchTopic(int version) {
        FetchRequestData request = request(1, 100);
        add(request, new TopicImage(new Uuid(1, 1), "nothing", topic.partitions()), 0, 0, 100);
        add(request, topic, 7, 0, 100);

        FetchFixture.Answer answer = fixture.answer(request, version);

        Errors unknown = version >= 13 ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        assertThat(answer.rows().values())
                .extracting(row -> Errors.forCode(row.data().errorCode()))
                .containsExactly(unknown, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void namesTheNewLeaderFromVersion16On(int version) {
        fixture.images.leader(topic, 0, 2, 6);
        fixture.replica(topic, 0).fail(Errors.NOT_LEADER_OR_FOLLOWER);

        FetchFixture.Answer answer = fixture.answer(add(request(1, 100), topic, 0, 0, 100), version);

        assertThat(answer.row(topic, 0).data().errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        if (version >= 16) {
            assertThat(answer.row(topic, 0).data().currentLeader().leaderId()).isEqualTo(2);
            assertThat(answer.row(topic, 0).data().currentLeader().leaderEpoch())
                    .isEqualTo(6);
            assertThat(answer.response().nodeEndpoints().find(2).host()).isEqualTo("host2");
            assertThat(answer.response().nodeEndpoints().find(2).port()).isEqualTo(9002);
        }
    }

    @Test
    void aReplicaThatIsNotThereYetIsNotTheLeader() {
        fixture.replicas.remove(new PartitionId(topic.id(), 0));

        FetchFixture.Answer answer = fixture.answer(add(request(1, 100), topic, 0, 0, 100), NEWEST);

        assertThat(answer.row(topic, 0).data().errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
    }

    @Test
    void theByteLimitHoldsOverAllPartitionsButTheFirstBatchAlwaysComes() {
        fixture.replica(topic, 0).grow(5000);
        fixture.replica(topic, 1).grow(10);
        fixture.replica(topic, 2).grow(10);
        FetchRequestData request = request(1, 100);
        for (int partition = 0; partition < 3; partition++) {
            add(request, topic, partition, 0, 100);
        }

        FetchFixture.Answer answer = fixture.answer(request, NEWEST);

        assertThat(answer.row(topic, 0).bytes()).isEqualTo(5000);
        assertThat(answer.row(topic, 1).bytes()).isZero();
        assertThat(answer.row(topic, 2).bytes()).isZero();
        assertThat(answer.row(topic, 2).data().highWatermark()).isEqualTo(1);
    }

    @Test
    void waitsForARecordAndAnswersWhenItComes() {
        CompletableFuture<FetchResponseData> future = fixture.send(add(request(1, 100), topic, 0, 0, 100), NEWEST);
        fixture.loop.runDue();
        assertThat(future).isNotDone();
        assertThat(fixture.handler.parked()).isEqualTo(1);

        fixture.replica(topic, 0).grow(10);
        fixture.loop.runDue();

        assertThat(fixture.answer(future, NEWEST).row(topic, 0).bytes()).isEqualTo(10);
        assertThat(fixture.handler.parked()).isZero();
        assertThat(fixture.loop.timers()).isZero();
    }

    @Test
    void answersEmptyWhenTheTimeIsOver() {
        CompletableFuture<FetchResponseData> future = fixture.send(add(request(1, 100), topic, 0, 0, 100), NEWEST);
        fixture.loop.advance(99);
        assertThat(future).isNotDone();

        fixture.loop.advance(1);

        assertThat(fixture.answer(future, NEWEST).row(topic, 0).bytes()).isZero();
        assertThat(fixture.replica(topic, 0).waiting()).isZero();
        assertThat(fixture.handler.parked()).isZero();
    }

    @Test
    void waitsOnUntilMinBytesAreThereAcrossPartitions() {
        fixture.replica(topic, 0).grow(10);
        FetchRequestData request = add(add(request(25, 100), topic, 0, 0, 100), topic, 1, 0, 100);
        CompletableFuture<FetchResponseData> future = fixture.send(request, NEWEST);
        fixture.loop.runDue();
        fixture.replica(topic, 1).grow(10);
        fixture.loop.runDue();
        assertThat(future).isNotDone();
        assertThat(fixture.rangesOut()).as("ranges held while parked").isZero();

        fixture.replica(topic, 0).grow(10);
        fixture.loop.runDue();

        FetchFixture.Answer answer = fixture.answer(future, NEWEST);
        assertThat(answer.row(topic, 0).bytes()).isEqualTo(20);
        assertThat(answer.row(topic, 1).bytes()).isEqualTo(10);
    }

    @Test
    void whatWasThereBeforeIsReturnedWhenTheTimeIsOver() {
        fixture.replica(topic, 0).grow(10);
        CompletableFuture<FetchResponseData> future = fixture.send(add(request(25, 100), topic, 0, 0, 100), NEWEST);
        fixture.loop.advance(100);

        assertThat(fixture.answer(future, NEWEST).row(topic, 0).bytes()).isEqualTo(10);
    }

    @Test
    void recordsBeyondAPartitionsLimitDoNotMakeItSpin() {
        fixture.replica(topic, 0).grow(10);
        fixture.replica(topic, 1).grow(500);
        FetchRequestData request = add(add(request(100, 100), topic, 0, 0, 100), topic, 1, 0, 50);
        CompletableFuture<FetchResponseData> future = fixture.send(request, NEWEST);
        fixture.loop.runDue();
        int reads = fixture.replica(topic, 1).fetches.size();
        assertThat(future).isNotDone();
        assertThat(reads).isEqualTo(1);

        fixture.loop.advance(100);
        assertThat(fixture.answer(future, NEWEST).row(topic, 1).bytes()).isZero();
    }

    @Test
    void aLostLeadershipIsAnsweredAtOnce() {
        CompletableFuture<FetchResponseData> future = fixture.send(add(request(1, 100), topic, 0, 0, 100), NEWEST);
        fixture.images.leader(topic, 0, 2, 6);
        fixture.replica(topic, 0).fail(Errors.NOT_LEADER_OR_FOLLOWER);
        fixture.loop.runDue();

        FetchFixture.Answer answer = fixture.answer(future, NEWEST);
        assertThat(answer.row(topic, 0).data().errorCode()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(answer.row(topic, 0).data().currentLeader().leaderId())
                .as("by the image of now, not of the start")
                .isEqualTo(2);
    }

    @Test
    void anErrorDoesNotHideTheRecordsOfOthers() {
        fixture.replica(topic, 0).fail(Errors.KAFKA_STORAGE_ERROR);
        fixture.replica(topic, 1).grow(10);
        FetchRequestData request = add(add(request(100, 100), topic, 0, 0, 100), topic, 1, 0, 100);

        FetchFixture.Answer answer = fixture.answer(request, NEWEST);

        assertThat(answer.row(topic, 0).data().errorCode()).isEqualTo(Errors.KAFKA_STORAGE_ERROR.code());
        assertThat(answer.row(topic, 1).bytes()).isEqualTo(10);
    }

    @Test
    void divergenceIsAnsweredAtOnce() {
        fixture.replica(topic, 0).diverging = new EpochEnd(3, 30);

        FetchFixture.Answer answer = fixture.answer(add(request(1, 100), topic, 0, 40, 100), NEWEST);

        assertThat(answer.row(topic, 0).data().divergingEpoch().epoch()).isEqualTo(3);
        assertThat(answer.row(topic, 0).data().divergingEpoch().endOffset()).isEqualTo(30);
    }

    @Test
    void closingAnswersEverythingThatWaits() {
        CompletableFuture<FetchResponseData> onLoop = fixture.send(add(request(1, 100), topic, 0, 0, 100), NEWEST);
        fixture.handler.close();
        fixture.loop.runDue();
        assertThat(fixture.answer(onLoop, NEWEST).row(topic, 0).bytes()).isZero();
        assertThat(fixture.handler.parked()).isZero();
    }

    @Test
    void closingAnswersAlsoWhenTheLoopIsGone() {
        CompletableFuture<FetchResponseData> future = fixture.send(add(request(1, 100), topic, 0, 0, 100), NEWEST);
        fixture.loop.shutdown();
        fixture.replica(topic, 0).grow(10);
        fixture.handler.close();

        assertThat(fixture.answer(future, NEWEST).row(topic, 0).bytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void followersAreKnownByTheirIdAndEpoch(int version) {
        FetchRequestData request = add(request(1, 0), topic, 0, 0, 100).setIsolationLevel((byte) 1);
        if (version >= 15) {
            request.setReplicaState(new ReplicaState().setReplicaId(2).setReplicaEpoch(77));
        } else {
            request.setReplicaId(2);
        }

        fixture.answer(request, version);

        var spec = fixture.replica(topic, 0).fetches.get(0);
        assertThat(spec.replicaId()).isEqualTo(2);
        assertThat(spec.replicaEpoch()).isEqualTo(version >= 15 ? 77 : -1);
        assertThat(spec.readCommitted()).as("followers read everything").isFalse();
        assertThat(spec.currentLeaderEpoch()).isEqualTo(5);
    }

    @Test
    void consumersNeedReadAndFollowersClusterAction() {
        fixture.authorize(TestRequests.denying(Operation.READ, "orders"));
        FetchFixture.Answer asConsumer = fixture.answer(add(request(1, 0), topic, 0, 0, 100), NEWEST);
        assertThat(asConsumer.row(topic, 0).data().errorCode()).isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());

        FetchRequestData asFollower = add(request(1, 0), topic, 0, 0, 100);
        asFollower.setReplicaState(new ReplicaState().setReplicaId(2));
        assertThat(fixture.answer(asFollower, NEWEST).row(topic, 0).data().errorCode())
                .isZero();

        fixture.authorize(TestRequests.denying(Operation.CLUSTER_ACTION));
        assertThat(fixture.answer(asFollower, NEWEST).row(topic, 0).data().errorCode())
                .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }
}
