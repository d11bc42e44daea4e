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
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records that are on disk only: no event loop waits for them. Partition 0 has some, the others have theirs in memory. */
class FetchColdReadsTest {
    private static final int NEWEST = 18;
    private static final long HUNG_MS = 30_000;

    private final FetchFixture fixture = new FetchFixture();
    private final TopicImage topic = fixture.topic("orders", 3);
    private final TestReplica cold = fixture.replica(topic, 0);
    private final TestReplica hot = fixture.replica(topic, 1);

    @BeforeEach
    void fill() {
        cold.grow(10);
        cold.grow(20);
        cold.cachedFrom = 2;
        hot.grow(30);
    }

    @AfterEach
    void everyRangeHasBeenGivenBack() {
        assertThat(fixture.rangesOut()).isZero();
    }

    private CompletableFuture<FetchResponseData> send(FetchRequestData request) {
        return fixture.send(request, NEWEST);
    }

    private FetchFixture.Answer answer(CompletableFuture<FetchResponseData> future) {
        return fixture.answer(future, NEWEST);
    }

    private void diskReads() {
        fixture.disk.runDue();
        fixture.loop.runDue();
    }

    private void assertNothingWasReadOnTheLoop() {
        assertThat(cold.fetches).allMatch(spec -> spec.maxBytes() == 0 && !spec.atLeastOne());
    }

    private int open(int maxWaitMs) {
        FetchRequestData opening = request(1, maxWaitMs).setSessionEpoch(0);
        add(add(opening, topic, 0, 0, 100), topic, 1, 0, 100);
        FetchFixture.Answer answer = answer(send(opening));
        assertThat(answer.row(topic, 1).bytes()).as("is not held up").isEqualTo(30);
        assertThat(answer.row(topic, 0).bytes()).isZero();
        assertThat(answer.row(topic, 0).data().highWatermark()).isEqualTo(2);
        assertNothingWasReadOnTheLoop();
        return answer.response().sessionId();
    }

    private static FetchRequestData next(int session, int epoch, int maxWaitMs) {
        return request(1, maxWaitMs).setSessionId(session).setSessionEpoch(epoch);
    }

    @Test
    void theyAreReadThroughByAnotherThreadFirst() {
        CompletableFuture<FetchResponseData> future = send(add(request(1, 100), topic, 0, 0, 100));
        fixture.loop.runDue();
        assertThat(future).isNotDone();
        assertNothingWasReadOnTheLoop();

        diskReads();
        assertThat(answer(future).row(topic, 0).bytes()).isEqualTo(30);
        assertThat(cold.readThrough).containsExactly(0L);
        assertThat(fixture.handler.coldReads()).isEqualTo(1);
    }

    @Test
    void withoutASessionTheAnswerWaitsForThemEvenBeyondItsTime() {
        FetchRequestData request = add(add(request(1, 100), topic, 1, 0, 100), topic, 0, 0, 100);
        CompletableFuture<FetchResponseData> future = send(request);
        fixture.loop.advance(100);
        assertThat(future)
                .as("the next request would not know that they were asked for")
                .isNotDone();

        diskReads();
        assertThat(answer(future).row(topic, 0).bytes()).isEqualTo(30);
    }

    @Test
    void soDoesOneThatIsNotToWaitForRecords() {
        CompletableFuture<FetchResponseData> future = send(add(request(1, 0), topic, 0, 0, 100));
        assertThat(future).isNotDone();
        diskReads();
        assertThat(answer(future).row(topic, 0).bytes()).isEqualTo(30);
        assertThat(fixture.loop.timers()).isZero();
    }

    @Test
    void aHungDiskIsNotWaitedForForEver() {
        CompletableFuture<FetchResponseData> future = send(add(request(1, 100), topic, 0, 0, 100));
        fixture.loop.advance(100);
        fixture.loop.advance(HUNG_MS - 1);
        assertThat(future).isNotDone();
        fixture.loop.advance(1);
        FetchFixture.Row row = answer(future).row(topic, 0);
        assertThat(row.bytes()).isZero();
        assertThat(row.data().errorCode()).isEqualTo(Errors.NONE.code());
        assertNothingWasReadOnTheLoop();
        fixture.disk.runDue();
        assertThat(cold.readThrough).as("nobody waits for it any more").isEmpty();
    }

    @Test
    void inASessionTheyComeWithTheNextAnswer() {
        int session = open(100);
        diskReads();
        FetchFixture.Answer second = answer(send(add(next(session, 1, 100), topic, 1, 1, 100)));
        assertThat(second.row(topic, 0).bytes()).isEqualTo(30);
        assertThat(cold.readThrough).containsExactly(0L);
    }

    @Test
    void inASessionTheyWakeTheRequestThatWaits() {
        int session = open(100);
        CompletableFuture<FetchResponseData> parked = send(add(next(session, 1, 100), topic, 1, 1, 100));
        fixture.loop.runDue();
        assertThat(parked).isNotDone();
        diskReads();
        assertThat(answer(parked).row(topic, 0).bytes()).isEqualTo(30);
        assertThat(cold.readThrough).as("asked for once").containsExactly(0L);
    }

    @Test
    void aFollowerGetsThemTheSameWay() {
        FetchRequestData request = add(request(1, 100), topic, 0, 0, 100)
                .setSessionEpoch(0)
                .setReplicaState(new ReplicaState().setReplicaId(2));
        CompletableFuture<FetchResponseData> future = send(request);
        assertThat(future).isNotDone();
        assertNothingWasReadOnTheLoop();
        diskReads();
        assertThat(answer(future).row(topic, 0).bytes()).isEqualTo(30);
    }

    @Test
    void noMoreIsSentThanWasReadThrough() {
        int session = open(100);
        diskReads();
        FetchRequestData more = add(add(next(session, 1, 100), topic, 1, 1, 100), topic, 0, 0, 1_000);
        cold.grow(500);
        assertThat(answer(send(more)).row(topic, 0).bytes()).isEqualTo(30);
    }

    @Test
    void whatIsAskedForElsewhereMeanwhileIsReadThroughThere() {
        int session = open(100);
        CompletableFuture<FetchResponseData> parked =
                send(add(add(next(session, 1, 100), topic, 1, 1, 100), topic, 0, 1, 100));
        diskReads();
        assertThat(answer(parked).row(topic, 0).bytes()).isEqualTo(20);
        assertThat(cold.readThrough)
                .as("the first was given up before it began")
                .containsExactly(1L);
    }

    @Test
    void whatNobodyWantsAnyMoreIsNotReadThrough() {
        int session = open(100);
        FetchRequestData without = next(session, 1, 0);
        forget(without, topic, 0);
        answer(send(without));
        diskReads();
        assertThat(cold.readThrough).isEmpty();

        open(100);
        fixture.handler.handle(
                TestRequests.context(org.apache.kafka.common.protocol.ApiKeys.FETCH, NEWEST), next(102, -1, 0));
        fixture.loop.runDue();
        diskReads();
        assertThat(cold.readThrough).isEmpty();
    }

    @Test
    void whenTooManyWaitForTheDiskTheLoopReadsItself() {
        fixture.disk.shutdown();
        assertThat(answer(send(add(request(1, 100), topic, 0, 0, 100)))
                        .row(topic, 0)
                        .bytes())
                .isEqualTo(30);
        assertThat(fixture.handler.coldReads()).isZero();
    }

    @Test
    void anAnswersWorthIsReadThroughAtATime() {
        for (int partition = 1; partition < 3; partition++) {
            fixture.replica(topic, partition).grow(10);
            fixture.replica(topic, partition).cachedFrom = 9;
        }
        FetchRequestData request = request(1, 100);
        for (int partition = 0; partition < 3; partition++) {
            add(request, topic, partition, 0, FetchFixture.MAX_BYTES / 2);
        }
        CompletableFuture<FetchResponseData> future = send(request);
        diskReads();
        FetchFixture.Answer answer = answer(future);
        assertThat(answer.row(topic, 1).bytes()).isEqualTo(40);
        assertThat(answer.row(topic, 2).bytes()).as("comes next").isZero();
        assertThat(fixture.replica(topic, 2).readThrough).isEmpty();
    }

    @Test
    void whoIsToBeRefusedIsRefusedAtOnce() {
        cold.error = Errors.FENCED_LEADER_EPOCH;
        assertThat(answer(send(add(request(1, 100), topic, 0, 0, 100)))
                        .row(topic, 0)
                        .data()
                        .errorCode())
                .isEqualTo(Errors.FENCED_LEADER_EPOCH.code());
        diskReads();
        assertThat(cold.readThrough).isEmpty();
    }
}
