/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.storage.log.RejectedBatchException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class SlowAppendsTest {
    private static final int SLOW = 100;
    private static final long DEADLINE = 5;

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean full;
    private final TestImages images = new TestImages().broker(1).broker(2);
    private final TopicImage topic = images.topic("t", 2, 2, 1);
    private final CompletableFuture<MetadataImage> roles = new CompletableFuture<>();
    private MetadataImage served = images.get();
    private MetadataImage newest = served;
    private final SlowAppends appends = new SlowAppends(
            task -> {
                if (full) {
                    throw new RejectedExecutionException("full");
                }
                tasks.add(task);
            },
            new ComingLeaders(1, () -> newest, () -> served, endOffset -> roles),
            1000);
    private final TestReplica replica = replica(topic.id(), 0);
    private final TestReplica other = replica(topic.id(), 1);
    private final List<AppendOutcome> outcomes = new ArrayList<>();

    private static TestReplica replica(Uuid topic, int partition) {
        TestReplica replica = new TestReplica("t", new PartitionId(topic, partition));
        replica.slowFrom = SLOW;
        return replica;
    }

    private void append(TestReplica to, int bytes) {
        appends.append(to, ByteBuffer.allocate(bytes), (short) 1, DEADLINE, outcomes::add);
    }

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private static List<Integer> sizes(TestReplica of) {
        return of.appends.stream().map(TestReplica.Append::bytes).toList();
    }

    @Test
    void whatIsShortIsDoneAtOnce() {
        append(replica, 10);
        assertThat(sizes(replica)).containsExactly(10);
        assertThat(replica.prepared).isEmpty();
        assertThat(tasks).isEmpty();
    }

    @Test
    void whatTakesLongIsDoneByAWorkerAndTheRestOfItsPartitionWaitsBehind() {
        append(replica, SLOW);
        append(replica, 10);
        append(replica, SLOW + 1);
        append(other, 20);
        assertThat(replica.appends).isEmpty();
        assertThat(sizes(other)).as("another partition").containsExactly(20);
        runAll();
        assertThat(sizes(replica)).containsExactly(SLOW, 10, SLOW + 1);
        assertThat(replica.appends).allMatch(each -> each.deadlineNanos() == DEADLINE && each.acks() == 1);
        append(replica, 11);
        assertThat(sizes(replica)).as("nothing waits any more").endsWith(11);
        assertThat(outcomes).as("the replica answers").isEmpty();
    }

    @Test
    void partitionsTakeTurns() {
        append(replica, SLOW);
        append(replica, SLOW + 1);
        append(other, SLOW + 2);
        tasks.remove().run();
        tasks.remove().run();
        assertThat(sizes(replica)).containsExactly(SLOW);
        assertThat(sizes(other)).containsExactly(SLOW + 2);
        runAll();
        assertThat(sizes(replica)).containsExactly(SLOW, SLOW + 1);
    }

    @Test
    void itKeepsNoBufferOfTheCaller() {
        ByteBuffer bytes = ByteBuffer.allocate(SLOW + 5).position(5);
        appends.append(replica, bytes, (short) 1, DEADLINE, outcomes::add);
        assertThat(bytes.position()).isEqualTo(5);
        runAll();
        assertThat(sizes(replica)).containsExactly(SLOW);
    }

    @Test
    void aRefusalIsAnsweredAndTheNextOneHasItsTurn() {
        replica.refusal = new RejectedBatchException(Errors.INVALID_RECORD, "no key");
        append(replica, SLOW);
        append(replica, 10);
        tasks.remove().run();
        replica.refusal = null;
        runAll();
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.INVALID_RECORD);
        assertThat(sizes(replica)).containsExactly(10);
    }

    @Test
    void whoDoesNotLeadAnyMorePreparesNothing() {
        append(replica, SLOW);
        replica.leading = false;
        runAll();
        assertThat(replica.prepared).isEmpty();
        assertThat(sizes(replica)).as("it tells who does").containsExactly(SLOW);
    }

    @Test
    void whatWaitsIsBounded() {
        append(replica, 900);
        append(other, 101);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS);
        append(other, 100);
        runAll();
        assertThat(sizes(other)).containsExactly(100);
        append(replica, 5000);
        assertThat(outcomes).as("one may be as large as it likes").hasSize(1);
        runAll();
        assertThat(sizes(replica)).containsExactly(900, 5000);
    }

    @Test
    void whenTheWorkersTakeNothingAllWhoWaitAreTold() {
        append(replica, SLOW);
        append(replica, SLOW);
        append(replica, 10);
        full = true;
        tasks.remove().run();
        assertThat(sizes(replica)).containsExactly(SLOW);
        assertThat(outcomes)
                .extracting(AppendOutcome::error)
                .containsExactly(Errors.NOT_ENOUGH_REPLICAS, Errors.NOT_ENOUGH_REPLICAS);
        append(other, SLOW);
        assertThat(outcomes).hasSize(3);
        full = false;
        append(replica, 11);
        append(other, SLOW + 1);
        runAll();
        assertThat(sizes(replica)).containsExactly(SLOW, 11);
        assertThat(sizes(other)).containsExactly(SLOW + 1);
    }

    @Test
    void whatComesJustBeforeTheRoleWaitsForItInOrder() {
        replica.leading = false;
        images.leader(topic, 0, 1, 6);
        newest = images.get();
        append(replica, 10);
        append(replica, 11);
        append(other, 20);
        assertThat(tasks).isEmpty();
        assertThat(sizes(other)).as("led elsewhere").containsExactly(20);

        replica.leading = true;
        append(replica, 12);
        served = newest;
        roles.complete(newest);
        append(replica, 13);
        runAll();
        assertThat(sizes(replica)).containsExactly(10, 11, 12, 13);
        append(replica, 14);
        assertThat(sizes(replica)).endsWith(14);
    }

    @Test
    void whenTheRoleDoesNotComeTheReplicaTellsWhy() {
        replica.leading = false;
        images.leader(topic, 0, 1, 6);
        newest = images.get();
        append(replica, 10);
        roles.completeExceptionally(new IllegalStateException("the node stops"));
        runAll();
        assertThat(sizes(replica)).containsExactly(10);
        assertThat(replica.prepared).isEmpty();
    }
}
