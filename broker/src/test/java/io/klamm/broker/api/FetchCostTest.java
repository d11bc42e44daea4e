/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static io.klamm.broker.api.FetchFixture.add;
import static io.klamm.broker.api.FetchFixture.forget;
import static io.klamm.broker.api.FetchFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.TopicImage;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.junit.jupiter.api.Test;

/** What a fetch in a session of 10,000 partitions touches: what has changed, and nothing else. */
class FetchCostTest {
    private static final int PARTITIONS = 10_000;
    private static final int NEWEST = 18;

    private final FetchFixture fixture = new FetchFixture(PARTITIONS);
    private final TopicImage topic = fixture.topic("wide", PARTITIONS);
    private int session;
    private int epoch;

    private void open() {
        FetchRequestData opening = next(0);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            add(opening, topic, partition, 0, 100);
        }
        session = fixture.answer(opening, NEWEST).response().sessionId();
        assertThat(session).isPositive();
        assertThat(calls()).as("each is read once, and watched").isEqualTo(2 * PARTITIONS);
    }

    private FetchRequestData next(int maxWaitMs) {
        return request(1, maxWaitMs)
                .setSessionId(session)
                .setSessionEpoch(epoch++)
                .setReplicaState(new ReplicaState().setReplicaId(2).setReplicaEpoch(1));
    }

    /** Calls of any replica since the last time. */
    private int calls() {
        return fixture.all.stream().mapToInt(TestReplica::takeCalls).sum();
    }

    @Test
    void aRequestWithoutNewsTouchesNoPartition() {
        open();
        assertThat(fixture.answer(next(0), NEWEST).rows()).isEmpty();

        CompletableFuture<FetchResponseData> parked = fixture.send(next(100), NEWEST);
        fixture.loop.advance(100);
        assertThat(fixture.answer(parked, NEWEST).rows()).isEmpty();
        assertThat(calls()).isZero();
    }

    @Test
    void aRequestTouchesThePartitionThatHasChanged() {
        open();
        fixture.replica(topic, 7_000).grow(10);
        assertThat(fixture.answer(next(0), NEWEST).rows()).containsOnlyKeys("wide-7000");
        assertThat(calls()).as("read").isEqualTo(1);

        assertThat(fixture.answer(add(next(0), topic, 7_000, 1, 100), NEWEST).rows())
                .isEmpty();
        assertThat(calls()).as("read at its new offset, and watched").isEqualTo(2);
    }

    @Test
    void aParkedRequestTouchesThePartitionThatWakesIt() {
        open();
        CompletableFuture<FetchResponseData> parked = fixture.send(next(100), NEWEST);
        fixture.replica(topic, 9_999).grow(10);
        fixture.loop.runDue();
        assertThat(fixture.answer(parked, NEWEST).rows()).containsOnlyKeys("wide-9999");
        assertThat(calls()).isEqualTo(1);
    }

    @Test
    void whatASessionForgetsIsNotWatchedAnyMore() {
        open();
        FetchRequestData request = next(0);
        forget(request, topic, 3);
        fixture.answer(request, NEWEST);
        assertThat(fixture.replica(topic, 3).waiting()).isZero();
        assertThat(fixture.replica(topic, 4).waiting()).isEqualTo(1);
    }

    @Test
    void aSessionThatEndsWatchesNothing() {
        open();
        fixture.answer(request(1, 0).setSessionId(session).setSessionEpoch(-1), NEWEST);
        fixture.loop.runDue();
        assertThat(fixture.all).allMatch(replica -> replica.waiting() == 0);
    }
}
