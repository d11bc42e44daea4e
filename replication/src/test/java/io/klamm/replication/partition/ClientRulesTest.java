/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static io.klamm.replication.partition.ReplicaFixture.REPLICAS;
import static io.klamm.replication.partition.ReplicaFixture.consumerSpec;
import static io.klamm.replication.partition.ReplicaFixture.fetched;
import static io.klamm.replication.partition.ReplicaFixture.stamped;
import static io.klamm.replication.partition.ReplicaFixture.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.model.Batches;
import io.klamm.storage.log.AppendResult;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Rules D5.5 and D5.6: what producers are told, and what consumers see. */
class ClientRulesTest {
    private static final short ALL = -1;
    private static final short LEADER = 1;
    private static final short NONE = 0;

    private final ReplicaFixture world = new ReplicaFixture();

    // ---- D5.5
    // ------------------------------------------------------------------------------------------------------------------

    @Test
    void D5_5_tooFewInSyncRefusesBeforeTheAppend() {
        world.lead(1, List.of(1), 1);
        assertThat(world.append(ALL, 10).get(0).error()).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
        assertThat(world.log.logEndOffset()).isZero();
        assertThat(world.append(LEADER, 10).get(0).error()).isEqualTo(Errors.NONE);
        assertThat(world.append(NONE, 11).get(0).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void D5_5_acksAllCompletesWithTheHighWatermark() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> first = world.append(ALL, 10, 11);
        List<AppendOutcome> second = world.append(ALL, 12);
        world.followerFetch(2, 1, 3);
        world.followerFetch(3, 1, 2);
        assertThat(first).containsExactly(new AppendOutcome(Errors.NONE, null, 0, -1, 0));
        assertThat(second).isEmpty();
        world.followerFetch(3, 1, 3);
        assertThat(second).extracting(AppendOutcome::baseOffset).containsExactly(2L);
    }

    @Test
    void D5_5_whatWasPreparedBeforeIsAppendedByTheSameRules() throws Exception {
        List<AppendOutcome> outcome = new ArrayList<>();
        world.follow(2, 1);
        world.replica.append(
                world.replica.prepare(Batches.of(10)), ALL, world.time.getAsLong() + 1_000_000, outcome::add);
        assertThat(outcome).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
        outcome.clear();
        world.lead(2, REPLICAS, 11);
        world.replica.append(
                world.replica.prepare(Batches.of(10)), ALL, world.time.getAsLong() + 1_000_000, outcome::add);
        assertThat(world.log.logEndOffset()).isEqualTo(1);
        assertThat(outcome).isEmpty();
        world.followerFetch(2, 2, 1);
        world.followerFetch(3, 2, 1);
        assertThat(outcome).containsExactly(new AppendOutcome(Errors.NONE, null, 0, -1, 0));
    }

    @Test
    void D5_5_aDuplicateOlderThanTheMemoryIsAnsweredWhenItIsCommitted() {
        ParkedAppends parked = new ParkedAppends(10, deadlineNanos -> () -> {});
        List<AppendOutcome> outcome = new ArrayList<>();
        Effects effects = new Effects();
        parked.add(world.log, new AppendResult(-1, 5, -1, true), ALL, false, Long.MAX_VALUE, outcome::add, effects);
        parked.committedTo(4, Errors.NONE, effects);
        effects.run();
        assertThat(outcome).isEmpty();
        parked.committedTo(5, Errors.NONE, effects);
        effects.run();
        assertThat(outcome).containsExactly(new AppendOutcome(Errors.DUPLICATE_SEQUENCE_NUMBER, null, -1, -1, 0));
    }

    @Test
    void D5_5_minIsrIsAskedAgainAtCompletion() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append(ALL, 10);
        world.lead(1, List.of(1), 2);
        assertThat(parked).isEmpty();
        world.time.advanceMs(31_000);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    }

    @Test
    void D5_5_aDeadlineEndsTheWait() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> early = world.append(ALL, 10);
        world.time.advanceMs(20_000);
        List<AppendOutcome> late = world.append(ALL, 11);
        world.time.advanceMs(10_000);
        assertThat(early).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
        assertThat(late).isEmpty();
        world.time.advanceMs(20_000);
        assertThat(late).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void D5_5_lostLeadershipCompletesEverything() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append(ALL, 10);
        List<String> woken = new ArrayList<>();
        world.await(consumerSpec(0, false), () -> woken.add("consumer"));
        world.await(world.followerSpec(2, 1, 1, -1), () -> woken.add("follower"));
        world.follow(2, 2);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(woken).containsExactly("consumer", "follower");
        assertThat(world.append(ALL, 11).get(0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.consumerFetch(0).error()).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(world.consumerFetch(0).leaderId()).isEqualTo(2);
    }

    @Test
    void D5_5_aNewEpochUnderTheSameLeaderKeepsWhatIsParked() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append(ALL, 10);
        world.lead(2, List.of(1, 2), 2);
        assertThat(parked).isEmpty();
        world.replica.fetch(world.followerSpec(2, 2, 1, 1));
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void D5_8_aDamagedBatchIsToldToItsReaderAndNobodyElse() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.followerFetch(2, 1, 2);
        world.followerFetch(3, 1, 2);
        world.log.damage(0);
        assertThat(world.consumerFetch(0).error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(world.replica.offsetFor(1, 0, false, -1).error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(values(world.consumerFetch(1))).containsExactly(11L);
        assertThat(world.append(LEADER, 12)).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void D5_5_anOfflineDirCompletesEverything() {
        world.lead(1, REPLICAS, 1);
        List<AppendOutcome> parked = world.append(ALL, 10);
        world.log.fail();
        List<AppendOutcome> failing = world.append(ALL, 11);
        assertThat(parked).extracting(AppendOutcome::error).containsExactly(Errors.KAFKA_STORAGE_ERROR);
        assertThat(failing).extracting(AppendOutcome::error).containsExactly(Errors.KAFKA_STORAGE_ERROR);
        assertThat(world.consumerFetch(0).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    @Test
    void D5_5_parkedAppendsAreBounded() {
        ReplicaFixture small = new ReplicaFixture();
        small.lead(1, REPLICAS, 1);
        for (int i = 0; i < small.settings.maxParkedAppends; i++) {
            assertThat(small.append(ALL, i)).isEmpty();
        }
        long end = small.log.logEndOffset();
        assertThat(small.append(ALL, 99).get(0).error()).isEqualTo(Errors.NOT_ENOUGH_REPLICAS);
        assertThat(small.log.logEndOffset()).isEqualTo(end);
    }

    // ---- D5.6
    // ------------------------------------------------------------------------------------------------------------------

    @Test
    void D5_6_consumersReadBelowTheHighWatermark() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.followerFetch(2, 1, 1);
        world.followerFetch(3, 1, 2);
        assertThat(values(world.consumerFetch(0))).containsExactly(10L);
        assertThat(world.consumerFetch(1).error()).isEqualTo(Errors.NONE);
        assertThat(values(world.consumerFetch(1))).isEmpty();
        assertThat(world.consumerFetch(2).error())
                .as("between high watermark and end")
                .isEqualTo(Errors.NONE);
        assertThat(world.consumerFetch(3).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void D5_6_readCommittedReadsBelowTheLastStableOffset() {
        world.lead(1, REPLICAS, 1);
        world.append(LEADER, 10);
        world.append(LEADER, 11);
        world.followerFetch(2, 1, 2);
        world.followerFetch(3, 1, 2);
        world.log.openTransactionAt(1);
        FetchOutcome outcome = world.replica.fetch(consumerSpec(0, true));
        assertThat(values(outcome)).containsExactly(10L);
        assertThat(outcome.lastStableOffset()).isEqualTo(1);
        assertThat(outcome.highWatermark()).isEqualTo(2);
        assertThat(world.replica.offsetFor(1, -1, true, -1).offset()).isEqualTo(1);
        assertThat(world.replica.offsetFor(1, -1, false, -1).offset()).isEqualTo(2);
    }

    @Test
    void D5_6_theLatestOffsetIsNotAvailableBeforeTheHighWatermarkHasReachedTheEpoch() {
        world.follow(2, 1);
        world.take(1, 0, fetched(0, stamped(0, 1, 10)));
        world.lead(2, List.of(1, 2), 2);
        assertThat(world.replica.offsetFor(2, -1, false, -1).error()).isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(world.replica.offsetFor(2, 5, false, -1).error()).isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(world.replica.offsetFor(2, -2, false, -1).offset()).isZero();
        assertThat(world.replica.offsetFor(2, -1, false, 2).offset())
                .as("a replica")
                .isEqualTo(1);
        world.replica.fetch(world.followerSpec(2, 2, 1, 1));
        assertThat(world.replica.offsetFor(2, -1, false, -1).offset()).isEqualTo(1);
    }

    @Test
    void D5_6_parkedConsumersAreWokenByTheHighWatermark() {
        world.lead(1, List.of(1, 2), 1);
        List<String> woken = new ArrayList<>();
        world.await(consumerSpec(0, false), () -> woken.add("consumer"));
        world.await(world.followerSpec(2, 1, 0, -1), () -> woken.add("follower"));
        Runnable cancel = world.await(consumerSpec(0, false), () -> woken.add("cancelled"));
        cancel.run();
        cancel.run();
        world.append(LEADER, 10);
        assertThat(woken).containsExactly("follower");
        world.followerFetch(2, 1, 1);
        assertThat(woken).containsExactly("follower", "consumer");
    }

    @Test
    void D5_6_waitingForWhatIsThereWakesAtOnce() {
        world.lead(1, List.of(1, 2), 1);
        world.append(LEADER, 10);
        List<String> woken = new ArrayList<>();
        world.await(world.followerSpec(2, 1, 0, -1), () -> woken.add("behind"));
        world.await(world.followerSpec(2, 0, 5, -1), () -> woken.add("fenced"));
        assertThat(woken).containsExactly("behind", "fenced");
    }
}
