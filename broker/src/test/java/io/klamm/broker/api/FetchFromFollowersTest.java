/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static io.klamm.broker.api.FetchFixture.add;
import static io.klamm.broker.api.FetchFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.image.TopicImage;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** KIP-392. Node 1 leads; each node is in a rack of its own. */
class FetchFromFollowersTest {
    private static final int NEWEST = 18;

    private final FetchFixture fixture = new FetchFixture();
    private final TopicImage topic = fixture.topic("orders", 2);

    FetchFromFollowersTest() {
        fixture.sendToNearReplicas();
        fixture.replica(topic, 0).inSync = List.of(2);
        fixture.replica(topic, 0).grow(10);
    }

    @AfterEach
    void everyRangeHasBeenGivenBack() {
        assertThat(fixture.rangesOut()).isZero();
    }

    private FetchFixture.Row fetch(String rack, long offset, int version) {
        FetchRequestData request = add(request(1, 100), topic, 0, offset, 100).setRackId(rack);
        return fixture.answer(request, version).row(topic, 0);
    }

    @ParameterizedTest
    @CsvSource({"rack2, 11, 2", "rack2, 18, 2", "rack2, 10, -1", "rack1, 18, -1", "rack9, 18, -1", "'', 18, -1"})
    void aConsumerIsSentToTheReplicaInItsRack(String rack, int version, int preferred) {
        FetchFixture.Row row = fetch(version < 11 ? "" : rack, 0, version);
        assertThat(row.data().preferredReadReplica()).isEqualTo(preferred);
        assertThat(row.bytes()).isEqualTo(preferred < 0 ? 10 : 0);
        assertThat(row.data().errorCode()).isZero();
    }

    @Test
    void isSentAtOnceAndNotToReplicasThatDoNotHaveItOrAreFenced() {
        assertThat(fetch("rack2", 1, NEWEST).data().preferredReadReplica())
                .as("nothing to read: the answer does not wait")
                .isEqualTo(2);
        fixture.replica(topic, 0).inSync = List.of();
        assertThat(fetch("rack2", 0, NEWEST).data().preferredReadReplica()).isEqualTo(-1);

        fixture.replica(topic, 0).inSync = List.of(2);
        long epoch = Objects.requireNonNull(fixture.images.get().broker(2)).brokerEpoch();
        fixture.images.apply(new BrokerFenced(2, epoch));
        assertThat(fetch("rack2", 0, NEWEST).data().preferredReadReplica()).isEqualTo(-1);
    }

    @Test
    void errorsComeBeforePreferences() {
        fixture.replica(topic, 0).fail(Errors.OFFSET_OUT_OF_RANGE);
        FetchFixture.Row row = fetch("rack2", 0, NEWEST);
        assertThat(row.data().errorCode()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE.code());
        assertThat(row.data().preferredReadReplica()).isEqualTo(-1);
    }

    @Test
    void aSessionIsToldAgainAsLongAsItAsksHere() {
        FetchRequestData opening =
                add(request(1, 0).setSessionEpoch(0), topic, 0, 0, 100).setRackId("rack2");
        int session = fixture.answer(opening, NEWEST).response().sessionId();
        FetchRequestData next =
                request(1, 0).setSessionId(session).setSessionEpoch(1).setRackId("rack2");
        assertThat(fixture.answer(next, NEWEST).row(topic, 0).data().preferredReadReplica())
                .isEqualTo(2);
    }

    @Test
    void whatIsNotAvailableYetIsWaitedForAndThenSaid() {
        fixture.replica(topic, 0).error = Errors.OFFSET_NOT_AVAILABLE;
        CompletableFuture<FetchResponseData> parked = fixture.send(add(request(1, 100), topic, 0, 5, 100), NEWEST);
        fixture.loop.advance(99);
        assertThat(parked).isNotDone();
        fixture.loop.advance(1);
        assertThat(fixture.answer(parked, NEWEST).row(topic, 0).data().errorCode())
                .isEqualTo(Errors.OFFSET_NOT_AVAILABLE.code());
    }

    private int openFollowerSession() {
        FetchRequestData opening = add(request(1, 0).setSessionEpoch(0), topic, 1, 0, 100)
                .setReplicaState(new ReplicaState().setReplicaId(2));
        return fixture.answer(opening, NEWEST).response().sessionId();
    }

    private CompletableFuture<FetchResponseData> continueFollowerSession(int session) {
        return fixture.send(
                request(1, 100)
                        .setSessionId(session)
                        .setSessionEpoch(1)
                        .setReplicaState(new ReplicaState().setReplicaId(2)),
                NEWEST);
    }

    private void expectStateInTwoMs(CompletableFuture<FetchResponseData> parked) {
        fixture.loop.advance(1);
        assertThat(parked).as("others may have news, too").isNotDone();
        fixture.loop.advance(1);
        assertThat(fixture.answer(parked, NEWEST).rows()).containsOnlyKeys("orders-1");
    }

    @Test
    void aFollowerIsToldOfTheHighWatermarkWithoutRecords() {
        CompletableFuture<FetchResponseData> parked = continueFollowerSession(openFollowerSession());
        fixture.replica(topic, 1).startLater();
        expectStateInTwoMs(parked);
    }

    @Test
    void aFollowerIsToldOfTheHighWatermarkThatItsOwnFetchHasMoved() {
        int session = openFollowerSession();
        fixture.replica(topic, 1).startLater();
        expectStateInTwoMs(continueFollowerSession(session));
    }

    @Test
    void withoutASelectorTheStateWaitsForTheEndOfTheRequest() {
        fixture.sendToLeadersOnly();
        CompletableFuture<FetchResponseData> parked = continueFollowerSession(openFollowerSession());
        fixture.replica(topic, 1).startLater();
        fixture.loop.advance(99);
        assertThat(parked).isNotDone();
        fixture.loop.advance(1);
        assertThat(fixture.answer(parked, NEWEST).rows()).containsOnlyKeys("orders-1");
    }
}
