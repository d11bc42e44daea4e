/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport.Listener;
import io.klamm.replication.fetch.FetchTransport.PartitionFetch;
import io.klamm.replication.fetch.FetchTransport.Request;
import io.klamm.replication.fetch.FetchTransport.Response;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.FixedSettings;
import io.klamm.replication.model.Images;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.model.InMemoryLogs;
import io.klamm.replication.model.VirtualTime;
import io.klamm.replication.partition.ByteRate;
import io.klamm.replication.partition.FetchedPartition;
import io.klamm.replication.partition.HighWatermarks;
import io.klamm.replication.partition.LocalReplicas;
import io.klamm.replication.partition.ReplicaContext;
import io.klamm.replication.partition.ReplicaThrottles;
import io.klamm.replication.partition.ReplicationThrottle;
import io.klamm.storage.log.EpochEnd;
import java.nio.ByteBuffer;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Node 1 follows; the test answers for the sources. */
class FollowerFetcherTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final PartitionId P0 = new PartitionId(TOPIC, 0);
    private static final PartitionId P1 = new PartitionId(TOPIC, 1);

    private record Sent(int source, int lane, Request request, Listener listener) {
        List<PartitionId> named() {
            return request.partitions().stream().map(PartitionFetch::id).toList();
        }

        void answer(int sessionId, FetchedPartition... rows) {
            listener.done(new Response(Errors.NONE, sessionId, Arrays.asList(rows)), null);
        }

        void refuse(Errors error) {
            listener.done(new Response(error, 0, List.of()), null);
        }

        void fail() {
            listener.done(null, new IllegalStateException("connection refused"));
        }
    }

    private final VirtualTime time = new VirtualTime();
    private final FixedSettings settings = new FixedSettings();
    private final InMemoryLogs logs = new InMemoryLogs(new Uuid(3, 3));
    private final List<Sent> sent = new ArrayList<>();
    private final List<String> closed = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private long brokerEpoch = 77;
    private final LocalReplicas replicas = new LocalReplicas(
            new ReplicaContext(
                    1, time, time, proposal -> new CompletableFuture<>(), (id, directory) -> {}, settings, () -> image),
            new Uuid(7, 1),
            logs,
            Runnable::run,
            new ReplicaFetchers(new FetchContext(1, () -> brokerEpoch, time, time, settings), Link::new),
            new HighWatermarks() {
                @Override
                public Map<PartitionId, Long> load() {
                    return Map.of();
                }

                @Override
                public void save(Map<PartitionId, Long> offsets) {}
            },
            other -> {});
    private boolean broken;

    private final class Link implements FetchTransport {
        private final int source;
        private final int lane;

        private Link(int source, int lane) {
            this.source = source;
            this.lane = lane;
        }

        @Override
        public void fetch(Request request, Listener listener) {
            if (broken) {
                throw new IllegalStateException("no transport");
            }
            sent.add(new Sent(source, lane, request, listener));
        }

        @Override
        public void close() {
            closed.add(source + "/" + lane);
        }
    }

    private void publish(MetadataImage next) {
        MetadataImage before = image;
        image = next;
        replicas.onMetadata(MetadataDelta.between(before, next));
    }

    /** P0 and P1 led by node 2 in epoch 4. */
    private void follow() {
        MetadataImage next = Images.withBrokers(MetadataImage.EMPTY, 1, 2, 3);
        next = Images.created(next, P0, "t", Images.state(List.of(1, 2, 3), List.of(1, 2, 3), 2, 4, 1));
        publish(Images.created(next, P1, "t", Images.state(List.of(1, 2, 3), List.of(1, 2, 3), 2, 4, 1)));
    }

    private void lead(PartitionId id, int leader, int leaderEpoch) {
        int partitionEpoch = Objects.requireNonNull(image.partition(id)).partitionEpoch() + 1;
        publish(Images.changed(
                image, id, Images.state(List.of(1, 2, 3), List.of(1, 2, 3), leader, leaderEpoch, partitionEpoch)));
    }

    private Sent last() {
        return sent.get(sent.size() - 1);
    }

    private static FetchedPartition nothing(PartitionId id) {
        return new FetchedPartition(id, Errors.NONE, 0, 0, null, null);
    }

    private static FetchedPartition error(PartitionId id, Errors error) {
        return new FetchedPartition(id, error, -1, -1, null, null);
    }

    private static FetchedPartition records(
            PartitionId id, long highWatermark, long offset, int epoch, long... values) {
        ByteBuffer batch = Batches.of(values);
        batch.putLong(0, offset);
        batch.putInt(12, epoch);
        return new FetchedPartition(id, Errors.NONE, highWatermark, 0, null, batch);
    }

    @Test
    void aNewBrokerEpochNamesEverythingAgain() {
        follow();
        last().answer(9, nothing(P0), nothing(P1));
        assertThat(last().named()).isEmpty();
        brokerEpoch = 78;
        last().answer(9);
        assertThat(last().request.sessionId()).as("the one to drop").isEqualTo(9);
        assertThat(last().request.sessionEpoch()).isZero();
        assertThat(last().request.replicaEpoch()).isEqualTo(78);
        assertThat(last().named()).containsExactly(P0, P1);
    }

    @Test
    void aSessionIsOpenedWithEverythingAndContinuedWithWhatChanged() {
        follow();
        assertThat(sent).hasSize(1);
        Request opening = last().request;
        assertThat(opening.sessionId()).isZero();
        assertThat(opening.sessionEpoch()).isZero();
        assertThat(opening.replicaId()).isEqualTo(1);
        assertThat(opening.replicaEpoch()).isEqualTo(77);
        assertThat(last().named()).containsExactly(P0, P1);
        assertThat(opening.partitions()).allSatisfy(fetch -> {
            assertThat(fetch.currentLeaderEpoch()).isEqualTo(4);
            assertThat(fetch.position().fetchOffset()).isZero();
            assertThat(fetch.position().lastFetchedEpoch()).isEqualTo(-1);
        });

        last().answer(9, nothing(P0), records(P1, 0, 0, 4, 10, 11));
        Request next = last().request;
        assertThat(next.sessionId()).isEqualTo(9);
        assertThat(next.sessionEpoch()).isEqualTo(1);
        assertThat(last().named()).containsExactly(P1);
        assertThat(next.partitions().get(0).position().fetchOffset()).isEqualTo(2);
        assertThat(next.partitions().get(0).position().lastFetchedEpoch()).isEqualTo(4);

        last().answer(9, records(P0, 1, 0, 4, 20));
        assertThat(last().request.sessionEpoch()).isEqualTo(2);
        assertThat(last().named()).containsExactly(P0);
        assertThat(Objects.requireNonNull(replicas.replica(P0)).highWatermark()).isEqualTo(1);

        last().answer(9);
        assertThat(last().request.sessionEpoch()).isEqualTo(3);
        assertThat(last().named()).isEmpty();
    }

    @Test
    void aLostSessionIsOpenedAnewAtOnce() {
        follow();
        last().answer(9, nothing(P0), nothing(P1));
        last().refuse(Errors.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(sent).hasSize(3);
        assertThat(last().request.sessionId()).isZero();
        assertThat(last().named()).containsExactly(P0, P1);
        last().answer(10, nothing(P0), nothing(P1));
        last().refuse(Errors.INVALID_FETCH_SESSION_EPOCH);
        assertThat(last().request.sessionId())
                .as("so that the source can drop it")
                .isEqualTo(10);
        assertThat(last().request.sessionEpoch()).isZero();
    }

    @Test
    void aSourceThatKeepsRefusingIsNotAskedInALoop() {
        follow();
        for (int i = 0; i < 20; i++) {
            last().refuse(Errors.FETCH_SESSION_ID_NOT_FOUND);
            time.advanceMs(0);
        }
        assertThat(sent.size()).isLessThan(4);
    }

    @Test
    void withoutASessionEveryRequestNamesEverything() {
        follow();
        last().answer(0, nothing(P0), nothing(P1));
        assertThat(last().request.sessionEpoch()).isZero();
        assertThat(last().named()).containsExactly(P0, P1);
    }

    @Test
    void aDeadSourceIsAskedAgainWithGrowingPauses() {
        follow();
        int before = sent.size();
        for (int i = 0; i < 60_000; i += 10) {
            if (!sent.isEmpty() && sent.size() > before) {
                before = sent.size();
                last().fail();
            } else if (i == 0) {
                last().fail();
            }
            time.advanceMs(10);
        }
        assertThat(sent.size()).isBetween(60, 75);
        assertThat(last().named()).containsExactly(P0, P1);
    }

    @Test
    void aPartitionWithAnErrorRestsAndTheOthersGoOn() {
        follow();
        last().answer(9, error(P0, Errors.NOT_LEADER_OR_FOLLOWER), nothing(P1));
        assertThat(last().request.forgotten()).containsExactly(P0);
        assertThat(last().named()).isEmpty();
        Sent waiting = last();
        time.advanceMs(2_000);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.forgotten()).isEmpty();
        waiting.answer(9, records(P1, 0, 0, 4, 10));
        last().answer(9);
        assertThat(last().named()).containsExactly(P1);
    }

    /** P0 is not in sync and may have 80 bytes a second; every batch is larger. */
    @Test
    void aThrottledPartitionPausesAndTheOthersGoOn() {
        settings.throttles = new ReplicaThrottles(
                ReplicationThrottle.none(),
                new ReplicationThrottle(ReplicationThrottle.FOLLOWER_KEY, 1, () -> image, any -> 80, time),
                new ByteRate(time),
                any -> Long.MAX_VALUE);
        follow();
        publish(Images.changed(image, P0, Images.state(List.of(1, 2, 3), List.of(2, 3), 2, 4, 2))
                .apply(List.of(new ConfigChanged(
                        ConfigResourceType.TOPIC, "t", ReplicationThrottle.FOLLOWER_KEY, "0:1,1:1"))));
        last().answer(9, nothing(P0), nothing(P1));
        long[] three = {1, 2, 3};
        int bytes =
                Objects.requireNonNull(records(P0, 0, 0, 4, three).records()).remaining();
        assertThat(bytes).isBetween(81, 159);
        last().answer(9, records(P0, 0, 0, 4, three), records(P1, 0, 0, 4, three));
        assertThat(last().named()).as("P1 is in sync").containsExactly(P1);
        assertThat(last().request.forgotten()).containsExactly(P0);
        int before = sent.size();
        last().answer(9, records(P1, 0, 3, 4, three));
        time.advanceMs((bytes - 80) * 1_000L / 80 - 1);
        assertThat(sent).as("nobody asks in a loop").hasSize(before + 1);
        last().answer(9);
        assertThat(last().named()).isEmpty();
        time.advanceMs(40);
        last().answer(9);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(3);
    }

    @Test
    void aFencedPartitionIsAskedAgainWithTheNewEpochAtOnce() {
        follow();
        last().answer(9, error(P0, Errors.FENCED_LEADER_EPOCH), error(P1, Errors.FENCED_LEADER_EPOCH));
        int before = sent.size();
        lead(P0, 2, 5);
        assertThat(sent).hasSize(before + 1);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).currentLeaderEpoch()).isEqualTo(5);
    }

    @Test
    void anAnswerOfAnEpochThatHasEndedIsNotTaken() {
        follow();
        Sent old = last();
        lead(P0, 2, 5);
        old.answer(9, records(P0, 0, 0, 4, 10), nothing(P1));
        assertThat(logs.log(P0).logEndOffset()).isZero();
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).currentLeaderEpoch()).isEqualTo(5);
    }

    @Test
    void divergenceIsCutAndAskedAgain() {
        follow();
        last().answer(9, records(P0, 0, 0, 4, 10, 11), nothing(P1));
        last().answer(9, records(P0, 0, 2, 4, 12));
        Sent waiting = last();
        lead(P0, 2, 6);
        waiting.answer(9);
        last().answer(9, new FetchedPartition(P0, Errors.NONE, 0, 0, new EpochEnd(4, 2), null));
        assertThat(logs.log(P0).values(0, 9)).containsExactly(10L, 11L);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(2);
    }

    @Test
    void aNewLeaderIsAskedByAnotherFetcher() {
        follow();
        last().answer(9, nothing(P0), nothing(P1));
        Sent waiting = last();
        lead(P0, 3, 5);
        assertThat(last().source).isEqualTo(3);
        assertThat(last().named()).containsExactly(P0);
        waiting.answer(9, records(P1, 0, 0, 4, 1));
        assertThat(last().source).isEqualTo(2);
        assertThat(last().request.forgotten()).containsExactly(P0);

        lead(P1, 3, 5);
        assertThat(closed).containsExactly("2/0");
    }

    @Test
    void aPartitionThatComesWhileTheLaneWaitsTakesTheSpareLane() {
        follow();
        lead(P0, 3, 5);
        assertThat(last().lane).isZero();
        lead(P1, 3, 5);
        assertThat(last().source).isEqualTo(3);
        assertThat(last().lane).as("lane 0 may be held by its source for long").isEqualTo(1);
        assertThat(last().named()).containsExactly(P1);
    }

    @Test
    void becomingLeaderStopsTheFetching() {
        follow();
        Sent waiting = last();
        lead(P0, 1, 5);
        waiting.answer(9, records(P0, 0, 0, 4, 10), nothing(P1));
        assertThat(logs.log(P0).logEndOffset()).isZero();
        assertThat(last().request.forgotten()).containsExactly(P0);
        assertThat(last().named()).isEmpty();
    }

    @Test
    void corruptRecordsAreNotWrittenAndAskedForAgainLater() {
        follow();
        last().answer(9, records(P0, 0, 0, 4, 10), nothing(P1));
        last().answer(9, records(P0, 0, 0, 4, 66)); // not where the log ends
        assertThat(logs.log(P0).values(0, 9)).containsExactly(10L);
        assertThat(last().request.forgotten()).containsExactly(P0);
        time.advanceMs(50);
        last().answer(9);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(1);
    }

    @Test
    void outOfRangeStartsAnewAtTheLeadersLogStart() {
        follow();
        last().answer(9, new FetchedPartition(P0, Errors.OFFSET_OUT_OF_RANGE, 120, 100, null, null), nothing(P1));
        assertThat(logs.log(P0).logStartOffset()).isEqualTo(100);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(100);
    }

    @Test
    void aDurableTopicFetchesOnWhenItsRecordsAreOnDiskAndOthersMeanwhile() throws Exception {
        settings.logConfig = FixedSettings.durable();
        follow();
        InMemoryLog slow = logs.log(P0);
        slow.holdFlushes();
        last().answer(9, records(P0, 0, 0, 4, 10), records(P1, 0, 0, 4, 20));
        assertThat(last().named()).containsExactly(P1);
        assertThat(last().request.forgotten()).containsExactly(P0);
        slow.flush();
        last().answer(9);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(1);
    }

    @Test
    void aNewEpochDoesNotFetchFromWhatIsNotOnDisk() throws Exception {
        settings.logConfig = FixedSettings.durable();
        follow();
        InMemoryLog slow = logs.log(P0);
        slow.holdFlushes();
        last().answer(9, records(P0, 0, 0, 4, 10), nothing(P1));
        lead(P0, 3, 5);
        assertThat(sent).noneMatch(request -> request.source == 3);
        slow.flush();
        assertThat(last().source).isEqualTo(3);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(1);
    }

    @Test
    void closingStopsEverything() {
        follow();
        Sent waiting = last();
        int before = sent.size();
        replicas.close();
        waiting.fail();
        time.advanceMs(10_000);
        assertThat(sent).hasSize(before);
        assertThat(closed).containsExactly("2/0");
    }

    @Test
    void aTransportThatThrowsIsOneThatDoesNotAnswer() {
        broken = true;
        follow();
        assertThat(sent).isEmpty();
        broken = false;
        time.advanceMs(settings.fetchBackoffMaxMs());
        assertThat(sent).hasSize(1);
        assertThat(last().named()).containsExactly(P0, P1);
    }

    @Test
    void anAnswerThatCannotBeTakenInDoesNotStopTheLane() {
        follow();
        Listener listener = last().listener();
        List<FetchedPartition> broken = new AbstractList<>() {
            @Override
            public FetchedPartition get(int index) {
                throw new StackOverflowError("in the middle of an answer");
            }

            @Override
            public int size() {
                return 1;
            }
        };
        assertThatThrownBy(() -> listener.done(new Response(Errors.NONE, 5, broken), null))
                .isInstanceOf(StackOverflowError.class);
        assertThat(sent).hasSize(2);
    }

    @Test
    void anAnswerToldTwiceCountsOnce() {
        follow();
        Sent first = last();
        first.answer(5, nothing(P0), nothing(P1));
        assertThat(sent).hasSize(2);
        first.answer(5, nothing(P0), nothing(P1));
        first.fail();
        assertThat(sent).as("the second request is still out").hasSize(2);
    }

    /** An opened session with a request that waits at the source. */
    private Sent waiting() {
        follow();
        assertThat(last().request.maxWaitMs()).as("a session is opened at once").isZero();
        last().answer(9, nothing(P0), nothing(P1));
        assertThat(last().request.maxWaitMs()).isEqualTo(settings.fetchWaitMaxMs());
        return last();
    }

    @Test
    void aPartitionOfANewEpochOvertakesTheRequestThatWaits() {
        Sent waiting = waiting();
        lead(P1, 2, 5);
        Sent overtaking = last();
        assertThat(overtaking).isNotSameAs(waiting);
        assertThat(overtaking.lane).isEqualTo(waiting.lane);
        assertThat(overtaking.named()).containsExactly(P1);
        assertThat(overtaking.request.sessionId()).isEqualTo(9);
        assertThat(overtaking.request.sessionEpoch()).isEqualTo(2);

        int before = sent.size();
        lead(P0, 2, 5);
        assertThat(sent).as("one that waits, and one that overtakes it").hasSize(before);
        waiting.answer(9, records(P1, 0, 0, 4, 10));
        assertThat(logs.log(P1).logEndOffset()).as("asked anew meanwhile").isZero();
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.sessionEpoch()).isEqualTo(3);
        overtaking.answer(9, records(P1, 0, 0, 5, 10));
        assertThat(logs.log(P1).logEndOffset()).isEqualTo(1);
    }

    @Test
    void whoHasRestedOvertakesTheRequestThatWaits() {
        follow();
        last().answer(9, error(P0, Errors.NOT_LEADER_OR_FOLLOWER), nothing(P1));
        int before = sent.size();
        time.advanceMs(10);
        assertThat(sent).hasSize(before + 1);
        assertThat(last().named()).containsExactly(P0);
    }

    @Test
    void recordsAloneDoNotOvertake() {
        Sent waiting = waiting();
        lead(P1, 2, 5);
        int before = sent.size();
        waiting.answer(9, records(P0, 0, 0, 4, 10));
        assertThat(sent).as("the second is still out").hasSize(before);
    }

    @Test
    void whenARequestFailsTheOneThatOvertookItMeansNothing() {
        Sent waiting = waiting();
        lead(P1, 2, 5);
        Sent overtaking = last();
        waiting.fail();
        overtaking.answer(9, records(P1, 0, 0, 5, 10));
        assertThat(logs.log(P1).logEndOffset()).isZero();
        time.advanceMs(20);
        assertThat(last().request.sessionEpoch()).isZero();
        assertThat(last().named()).containsExactly(P0, P1);
    }

    /** The source has told of a high watermark in an answer that came too late to be taken in, and will not tell of it again. */
    @Test
    void whatWasMissedIsForgottenAndAskedForAnew() {
        Sent waiting = waiting();
        lead(P1, 2, 5);
        Sent overtaking = last();
        waiting.answer(9, records(P0, 0, 0, 4, 10));
        overtaking.answer(9, nothing(P1), records(P0, 1, 0, 4, 10));
        assertThat(last().request.forgotten()).as("or rather the one after it").isEmpty();
        Sent forgetting = sent.get(sent.size() - 2);
        assertThat(forgetting.request.forgotten()).containsExactly(P0);
        assertThat(last().named()).containsExactly(P0);
        assertThat(last().request.partitions().get(0).position().fetchOffset()).isEqualTo(1);
    }
}
