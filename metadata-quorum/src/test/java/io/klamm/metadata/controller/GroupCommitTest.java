/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.ProducerIdsAllocated;
import io.klamm.metadata.image.MetadataImage;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The order of events between the log and the controller, one by one, in the hands of the test. */
class GroupCommitTest {
    private record Sent(FactBatch batch, CompletableFuture<Boolean> outcome) {}

    private final VirtualExecutor executor = new VirtualExecutor();
    private final List<Sent> sent = new ArrayList<>();
    private final List<CompletableFuture<Void>> barriers = new ArrayList<>();
    private MetadataImage image =
            MetadataImage.EMPTY.apply(List.of(new ClusterCreated(ClusterFixture.CLUSTER, List.of())));
    private int jumps;

    private final FactLog log = new FactLog() {
        @Override
        public MetadataImage applied() {
            return image;
        }

        @Override
        public CompletableFuture<Boolean> append(FactBatch batch) {
            Sent entry = new Sent(batch, new CompletableFuture<>());
            sent.add(entry);
            return entry.outcome();
        }

        @Override
        public CompletableFuture<Void> barrier() {
            CompletableFuture<Void> barrier = new CompletableFuture<>();
            barriers.add(barrier);
            return barrier;
        }
    };

    private final GroupCommit commit = new GroupCommit(
            log,
            new ControllerThread(executor, fault -> {
                throw new AssertionError(fault);
            }),
            Clock.systemUTC(),
            executor::nanoTime,
            batch -> {},
            () -> jumps++);

    private CompletableFuture<Long> allocate() {
        return commit.submit(
                "a",
                "ids",
                1_000,
                now -> new Decision<>(
                        List.of(new ProducerIdsAllocated(1, 1, now.nextProducerId() + 10)), now.nextProducerId()));
    }

    private void apply(FactBatch batch) {
        image = image.apply(batch);
    }

    private void reply(int entry, boolean applied) {
        sent.get(entry).outcome().complete(applied);
        executor.runDue();
    }

    private void fail(int entry) {
        sent.get(entry).outcome().completeExceptionally(new NotActiveControllerException("unknown"));
        executor.runDue();
    }

    @Test
    void oneEntryIsInFlightAndTheRestGathers() {
        commit.lead(1);
        CompletableFuture<Long> first = allocate();
        CompletableFuture<Long> second = allocate();
        CompletableFuture<Long> third = allocate();
        assertThat(sent).hasSize(1);
        apply(sent.get(0).batch());
        reply(0, true);
        assertThat(first).isCompletedWithValue(0L);
        assertThat(second).isNotDone();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(1).batch().facts()).hasSize(2);
        assertThat(sent.get(1).batch().baseOffset()).isEqualTo(2);
        apply(sent.get(1).batch());
        reply(1, true);
        assertThat(second).isCompletedWithValue(10L);
        assertThat(third).isCompletedWithValue(20L);
    }

    @Test
    void anAnswerFromAnEarlierReignIsNotTakenForOneOfThisReign() {
        commit.lead(1);
        CompletableFuture<Long> old = allocate();
        apply(sent.get(0).batch());
        commit.lead(2);
        assertThat(old).isCompletedExceptionally();
        CompletableFuture<Long> now = allocate();
        assertThat(sent.get(1).batch().term()).isEqualTo(2);
        assertThat(sent.get(1).batch().baseOffset()).isEqualTo(2);
        reply(0, true);
        assertThat(now).as("its own entry is still in flight").isNotDone();
        apply(sent.get(1).batch());
        reply(1, true);
        assertThat(now).isCompletedWithValue(10L);
    }

    @Test
    void anUnknownOutcomeThatWasAppliedCompletesWithoutBeingDoneTwice() {
        commit.lead(1);
        CompletableFuture<Long> ids = allocate();
        fail(0);
        CompletableFuture<Long> waiting = allocate();
        assertThat(sent).as("nothing is decided before it is settled").hasSize(1);
        apply(sent.get(0).batch());
        barriers.get(0).complete(null);
        executor.runDue();
        assertThat(ids).isCompletedWithValue(0L);
        assertThat(waiting).isNotDone();
        assertThat(sent).hasSize(2);
        assertThat(jumps).isZero();
    }

    @Test
    void anUnknownOutcomeThatWasNotAppliedIsDecidedAgainInOrder() {
        commit.lead(1);
        CompletableFuture<Long> before = allocate();
        CompletableFuture<Long> first = allocate();
        CompletableFuture<Long> second = allocate();
        apply(sent.get(0).batch());
        reply(0, true);
        assertThat(before).isDone();
        fail(1);
        barriers.get(0).completeExceptionally(new NotActiveControllerException("not yet"));
        executor.advance(200);
        assertThat(barriers).as("asked again").hasSize(2);
        CompletableFuture<Long> third = allocate();
        barriers.get(1).complete(null);
        executor.runDue();
        assertThat(sent.get(2).batch().facts()).hasSize(3);
        apply(sent.get(2).batch());
        reply(2, true);
        assertThat(first).isCompletedWithValue(10L);
        assertThat(second).isCompletedWithValue(20L);
        assertThat(third).isCompletedWithValue(30L);
    }

    @Test
    void aDroppedEntryIsDecidedAgainAgainstWhatCameBetween() {
        commit.lead(1);
        CompletableFuture<Long> ids = allocate();
        apply(new FactBatch(1, 1, 0, "other", "other", List.of(new ProducerIdsAllocated(2, 2, 500))));
        reply(0, false);
        barriers.get(0).complete(null);
        executor.runDue();
        assertThat(jumps).isEqualTo(1);
        assertThat(ids).isNotDone();
        apply(sent.get(1).batch());
        reply(1, true);
        assertThat(ids).isCompletedWithValue(500L);
    }

    @Test
    void resigningFailsWhatIsInFlightAndWhatWaits() {
        commit.lead(1);
        CompletableFuture<Long> inFlight = allocate();
        CompletableFuture<Long> waiting = allocate();
        commit.resign();
        assertThat(inFlight).isCompletedExceptionally();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(allocate()).isCompletedExceptionally();
        fail(0);
        assertThat(barriers).isEmpty();
    }

    /** Two reigns of one term: "the same term and the same end" would take the entry of the first for that of the second. */
    @Test
    void aSecondReignOfATermWaitsForTheEntryOfTheFirst() {
        commit.lead(1);
        CompletableFuture<Long> first = allocate();
        commit.resign();
        commit.lead(1);
        CompletableFuture<Long> second = allocate();
        assertThat(first).isCompletedExceptionally();
        assertThat(sent).as("nothing is decided before it is settled").hasSize(1);
        apply(sent.get(0).batch());
        barriers.get(0).complete(null);
        executor.runDue();
        assertThat(sent).hasSize(2);
        fail(1);
        barriers.get(1).complete(null);
        executor.runDue();
        assertThat(second).as("its entry is not in").isNotDone();
        apply(sent.get(2).batch());
        reply(2, true);
        assertThat(second).isCompletedWithValue(10L);
    }

    @Test
    void aReignThatLeavesNothingInFlightKeepsNoneWaiting() {
        commit.lead(1);
        CompletableFuture<Long> first = allocate();
        apply(sent.get(0).batch());
        reply(0, true);
        commit.resign();
        commit.lead(1);
        CompletableFuture<Long> second = allocate();
        assertThat(barriers).isEmpty();
        assertThat(sent).hasSize(2);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
    }
}
