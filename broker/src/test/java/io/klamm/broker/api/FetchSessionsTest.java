/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static io.klamm.broker.api.FetchFixture.add;
import static io.klamm.broker.api.FetchFixture.forget;
import static io.klamm.broker.api.FetchFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.TopicImage;
import io.klamm.storage.log.EpochEnd;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetchSessionsTest {
    private static final int NEWEST = 18;
    private static final int BY_NAME = 12;

    private final FetchFixture fixture = new FetchFixture();
    private final TopicImage topic = fixture.topic("orders", 4);

    @AfterEach
    void everyRangeHasBeenGivenBack() {
        assertThat(fixture.rangesOut()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {7, BY_NAME, 13, NEWEST})
    void anIncrementalAnswerHoldsOnlyWhatIsNews(int version) {
        int session = open(version, 0, 1, 2);
        assertThat(next(session, 1, version).rows()).isEmpty();

        fixture.replica(topic, 1).grow(10);
        assertThat(next(session, 2, version).rows()).containsOnlyKeys("orders-1");
        assertThat(nextAt(session, 3, version, 1, 1).rows()).isEmpty();

        fixture.replica(topic, 2).startLater();
        assertThat(next(session, 4, version).rows()).containsOnlyKeys("orders-2");
        assertThat(next(session, 5, version).rows()).isEmpty();
    }

    @Test
    void errorsAreToldEachTimeAndTheRecoveryOnce() {
        int session = open(NEWEST, 0, 1);
        fixture.replica(topic, 0).fail(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(next(session, 1, NEWEST).rows()).containsOnlyKeys("orders-0");
        assertThat(next(session, 2, NEWEST).rows()).containsOnlyKeys("orders-0");
        fixture.replica(topic, 0).error = Errors.NONE;
        assertThat(next(session, 3, NEWEST).rows()).containsOnlyKeys("orders-0");
        assertThat(next(session, 4, NEWEST).rows()).isEmpty();
    }

    @Test
    void whatCameWithADivergingEpochIsToldAgain() {
        int session = open(NEWEST, 0, 1);
        fixture.replica(topic, 0).diverge(new EpochEnd(3, 7));
        assertThat(next(session, 1, NEWEST).rows()).containsOnlyKeys("orders-0");
        fixture.replica(topic, 0).diverge(null);
        assertThat(next(session, 2, NEWEST).rows())
                .as("the high watermark was not taken in by a follower that had to truncate")
                .containsOnlyKeys("orders-0");
        assertThat(next(session, 3, NEWEST).rows()).isEmpty();
    }

    @Test
    void whoAsksUnderAnotherLeaderEpochIsToldAgain() {
        int session = open(NEWEST, 0, 1);
        FetchRequestData request = add(incremental(session, 1), topic, 0, 0, 100);
        request.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(9);
        assertThat(fixture.answer(request, NEWEST).rows()).containsOnlyKeys("orders-0");
        assertThat(next(session, 2, NEWEST).rows()).isEmpty();
    }

    @Test
    void partitionsComeAndGoByTheClientsWish() {
        int session = open(NEWEST, 0, 1);
        FetchRequestData request = incremental(session, 1);
        forget(request, topic, 0);
        add(request, topic, 3, 0, 100);
        assertThat(fixture.answer(request, NEWEST).rows()).containsOnlyKeys("orders-3");

        fixture.replica(topic, 0).grow(10);
        assertThat(next(session, 2, NEWEST).rows()).isEmpty();
        assertThat(fixture.sessions.partitions()).isEqualTo(2);
    }

    @Test
    void whoGotRecordsStandsInLineAgain() {
        int session = open(NEWEST, 0, 1, 2);
        for (int partition = 0; partition < 3; partition++) {
            fixture.replica(topic, partition).grow(FetchFixture.MAX_BYTES);
            fixture.replica(topic, partition).grow(FetchFixture.MAX_BYTES);
        }
        Set<String> served = new HashSet<>();
        for (int epoch = 1; epoch <= 3; epoch++) {
            next(session, epoch, NEWEST).rows().forEach((name, row) -> {
                if (row.bytes() > 0) {
                    served.add(name);
                }
            });
        }
        assertThat(served).containsExactlyInAnyOrder("orders-0", "orders-1", "orders-2");
    }

    @Test
    void refusesWhatDoesNotFitTheSession() {
        int session = open(NEWEST, 0);
        assertThat(error(incremental(999, 1), NEWEST)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(error(incremental(0, 1), NEWEST)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(error(incremental(session, 2), NEWEST)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        next(session, 1, NEWEST);
        assertThat(error(incremental(session, 1), NEWEST)).isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        assertThat(error(incremental(session, 2), BY_NAME)).isEqualTo(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        assertThat(error(incremental(session, 2), NEWEST)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    void theLastEpochClosesTheSession() {
        int session = open(NEWEST, 0);
        FetchFixture.Answer last =
                fixture.answer(request(1, 0).setSessionId(session).setSessionEpoch(-1), NEWEST);
        assertThat(last.response().sessionId()).isZero();
        assertThat(fixture.sessions.size()).isZero();
        assertThat(fixture.sessions.partitions()).isZero();
    }

    @Test
    void theFirstEpochReplacesTheSession() {
        int session = open(NEWEST, 0);
        FetchRequestData again = add(request(1, 0).setSessionId(session).setSessionEpoch(0), topic, 1, 0, 100);
        int second = fixture.answer(again, NEWEST).response().sessionId();
        assertThat(second).isNotIn(0, session);
        assertThat(fixture.sessions.size()).isEqualTo(1);
    }

    @Test
    void aSessionWithoutPartitionsEnds() {
        int session = open(NEWEST, 0);
        FetchRequestData request = incremental(session, 1);
        forget(request, topic, 0);
        assertThat(fixture.answer(request, NEWEST).response().sessionId()).isZero();
        assertThat(fixture.sessions.size()).isZero();
    }

    @Test
    void sessionsAreBoundedAndFollowersGoFirst() {
        int first = open(NEWEST, 0);
        open(NEWEST, 0);
        open(NEWEST, 0);
        assertThat(open(NEWEST, 0)).as("no room for a fourth").isZero();

        FetchRequestData follower = add(request(1, 0).setSessionEpoch(0), topic, 0, 0, 100)
                .setReplicaState(new ReplicaState().setReplicaId(2));
        assertThat(fixture.answer(follower, NEWEST).response().sessionId()).isNotZero();
        assertThat(error(incremental(first, 1), NEWEST)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);

        fixture.passTime(120_000);
        assertThat(open(NEWEST, 0)).as("a stale one made room").isNotZero();
        assertThat(fixture.sessions.size()).isEqualTo(3);
    }

    @Test
    void aRequestOfASessionThatIsEvictedWatchesNothingAfterwards() {
        int evicted = open(NEWEST, 0);
        CompletableFuture<FetchResponseData> parked =
                fixture.send(request(100, 500).setSessionId(evicted).setSessionEpoch(1), NEWEST);
        fixture.passTime(120_000);
        open(NEWEST, 1);
        open(NEWEST, 2);
        open(NEWEST, 3);
        assertThat(fixture.sessions.size()).isEqualTo(3);
        fixture.replica(topic, 0).grow(10); // not enough for an answer
        fixture.loop.runDue();
        assertThat(fixture.replica(topic, 0).waiting()).isZero();
        fixture.loop.advance(500);
        assertThat(fixture.answer(parked, NEWEST).row(topic, 0).bytes()).isEqualTo(10);
        assertThat(fixture.replica(topic, 0).waiting()).isZero();
    }

    @Test
    void partitionsInSessionsAreBounded() {
        TopicImage wide = fixture.topic("wide", 101);
        FetchRequestData tooMany = request(1, 0).setSessionEpoch(0);
        for (int partition = 0; partition < 101; partition++) {
            add(tooMany, wide, partition, 0, 100);
        }
        assertThat(fixture.answer(tooMany, NEWEST).response().sessionId()).isZero();

        int session = open(NEWEST, 0);
        FetchRequestData grows = incremental(session, 1);
        for (int partition = 0; partition < 100; partition++) {
            add(grows, wide, partition, 0, 100);
        }
        assertThat(error(grows, NEWEST)).isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(fixture.sessions.partitions()).isZero();
    }

    /** What a client that keeps incremental answers knows is what a full answer would have told it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theClientsViewIsTheFullAnswer(long seed) {
        Random random = new Random(seed);
        Map<Integer, Long> offsets = new HashMap<>();
        Map<String, String> known = new HashMap<>();
        int session = 0;
        int epoch = 0;
        for (int step = 0; step < 300; step++) {
            change(random);
            FetchRequestData request = request(1, 0).setSessionId(session).setSessionEpoch(epoch);
            for (int partition = 0; partition < 4; partition++) {
                int dice = random.nextInt(10);
                if (offsets.containsKey(partition) && dice == 0 && offsets.size() > 1 && epoch != 0) {
                    offsets.remove(partition);
                    known.remove("orders-" + partition);
                    forget(request, topic, partition);
                } else if (epoch == 0 ? offsets.containsKey(partition) || dice < 5 : dice == 1) {
                    long offset = offsets.getOrDefault(partition, 0L);
                    offsets.put(partition, offset);
                    add(request, topic, partition, offset, 100);
                }
            }
            if (offsets.isEmpty()) {
                continue;
            }
            FetchFixture.Answer answer = fixture.answer(request, NEWEST);
            assertThat(answer.response().errorCode())
                    .as("seed %d step %d", seed, step)
                    .isZero();
            session = answer.response().sessionId();
            epoch = session == 0 || random.nextInt(20) == 0 ? 0 : epoch + 1;
            answer.rows().forEach((name, row) -> known.put(name, view(row)));

            FetchRequestData full = request(1, 0);
            offsets.forEach((partition, offset) -> add(full, topic, partition, offset, 0));
            Map<String, String> truth = new HashMap<>();
            fixture.answer(full, NEWEST).rows().forEach((name, row) -> truth.put(name, view(row)));
            assertThat(known).as("seed %d step %d", seed, step).isEqualTo(truth);
        }
    }

    private static String view(FetchFixture.Row row) {
        var data = row.data();
        return data.errorCode() + "/" + data.highWatermark() + "/" + data.lastStableOffset() + "/"
                + data.logStartOffset();
    }

    private void change(Random random) {
        TestReplica replica = fixture.replica(topic, random.nextInt(4));
        switch (random.nextInt(6)) {
            case 0, 1 -> replica.grow(1 + random.nextInt(200));
            case 2 -> replica.startLater();
            case 3 -> replica.fail(random.nextBoolean() ? Errors.NONE : Errors.NOT_LEADER_OR_FOLLOWER);
            default -> {}
        }
    }

    private int open(int version, int... partitions) {
        FetchRequestData request = request(1, 0).setSessionEpoch(0);
        for (int partition : partitions) {
            add(request, topic, partition, 0, FetchFixture.MAX_BYTES);
        }
        FetchFixture.Answer answer = fixture.answer(request, version);
        assertThat(answer.rows()).hasSize(partitions.length);
        return answer.response().sessionId();
    }

    private static FetchRequestData incremental(int session, int epoch) {
        return request(1, 0).setSessionId(session).setSessionEpoch(epoch);
    }

    private FetchFixture.Answer next(int session, int epoch, int version) {
        FetchFixture.Answer answer = fixture.answer(incremental(session, epoch), version);
        assertThat(answer.response().errorCode()).isZero();
        assertThat(answer.response().sessionId()).isEqualTo(session);
        return answer;
    }

    private FetchFixture.Answer nextAt(int session, int epoch, int version, int partition, long offset) {
        return fixture.answer(add(incremental(session, epoch), topic, partition, offset, 100), version);
    }

    private Errors error(FetchRequestData request, int version) {
        return Errors.forCode(fixture.answer(request, version).response().errorCode());
    }
}
