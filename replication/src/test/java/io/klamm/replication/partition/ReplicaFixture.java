/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.Batches;
import io.klamm.replication.model.FixedSettings;
import io.klamm.replication.model.Images;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.model.InMemoryRange;
import io.klamm.replication.model.VirtualTime;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/** One replica on node 1 of nodes 1, 2, 3, and its world in the test's hand. */
final class ReplicaFixture {
    /** A proposal on its way, answered when the test says so. */
    record Sent(IsrChangeSender.Proposal proposal, CompletableFuture<IsrChangeSender.Reply> reply) {
        List<Integer> isr() {
            return proposal.isr().stream().map(IsrChangeSender.Member::nodeId).toList();
        }
    }

    static final PartitionId ID = new PartitionId(new Uuid(1, 1), 0);
    static final List<Integer> REPLICAS = List.of(1, 2, 3);

    final VirtualTime time = new VirtualTime();
    final FixedSettings settings = new FixedSettings();
    final List<Sent> proposals = new ArrayList<>();
    final InMemoryLog log;
    final LocalReplica replica;
    MetadataImage image = Images.withBrokers(MetadataImage.EMPTY, 1, 2, 3);

    ReplicaFixture() {
        this(LogConfig.DEFAULT);
    }

    ReplicaFixture(LogConfig logConfig) {
        log = new InMemoryLog("t", ID.topicId(), 0, new Uuid(9, 9), logConfig);
        ReplicaContext context = new ReplicaContext(
                1,
                time,
                time,
                proposal -> {
                    Sent sent = new Sent(proposal, new CompletableFuture<>());
                    proposals.add(sent);
                    return sent.reply;
                },
                (id, directory) -> {},
                settings,
                () -> image);
        replica = new LocalReplica(context, ID, "t", log, 0);
    }

    void assume(PartitionState state) {
        replica.assume(state, settings.minInsyncReplicas);
    }

    /** Node 1 leads in {@code epoch}. */
    void lead(int epoch, List<Integer> isr, int partitionEpoch) {
        assume(Images.state(REPLICAS, isr, 1, epoch, partitionEpoch));
    }

    /** A newer image than any state that was assumed says so. */
    void reconsider(int minInsyncReplicas) {
        replica.reconsider(Images.state(REPLICAS, REPLICAS, 1, 1, Integer.MAX_VALUE), minInsyncReplicas);
    }

    void follow(int leader, int epoch) {
        assume(Images.state(REPLICAS, REPLICAS, leader, epoch, 10 * epoch));
    }

    /** What each append came to, in the order of completion. */
    List<AppendOutcome> append(short acks, long... values) {
        List<AppendOutcome> outcome = new ArrayList<>();
        replica.append(Batches.of(values), acks, time.getAsLong() + TimeUnit.SECONDS.toNanos(30), outcome::add);
        return outcome;
    }

    FetchSpec followerSpec(int node, int epoch, long offset, int lastEpoch) {
        return new FetchSpec(node, Images.epoch(image, node), epoch, offset, lastEpoch, 0, 1 << 20, true, false);
    }

    FetchOutcome followerFetch(int node, int epoch, long offset) {
        return replica.fetch(followerSpec(node, epoch, offset, -1));
    }

    FetchOutcome consumerFetch(long offset) {
        return replica.fetch(consumerSpec(offset, false));
    }

    /** Waits for news since what a fetch would read now. */
    Runnable await(FetchSpec spec, FetchWatcher watcher) {
        long committed = replica.highWatermark();
        PartitionLog log = replica.log();
        long start = log == null ? -1 : log.logStartOffset();
        FetchOutcome seen = new FetchOutcome(
                Errors.NONE, committed, replica.lastStableOffset(), start, null, null, 1, spec.currentLeaderEpoch());
        return replica.await(spec, seen, watcher);
    }

    static FetchSpec consumerSpec(long offset, boolean readCommitted) {
        return new FetchSpec(-1, -1, -1, offset, -1, -1, 1 << 20, true, readCommitted);
    }

    static List<Long> values(FetchOutcome outcome) {
        return outcome.records() == null ? List.of() : Batches.values(((InMemoryRange) outcome.records()).bytes());
    }

    Sent lastProposal() {
        return proposals.get(proposals.size() - 1);
    }

    /** The controller commits the last proposal as {@code partitionEpoch}. */
    void commitLast(int partitionEpoch) {
        Sent sent = lastProposal();
        sent.reply.complete(new IsrChangeSender.Reply(
                Errors.NONE, Images.state(REPLICAS, sent.isr(), 1, sent.proposal.leaderEpoch(), partitionEpoch)));
    }

    void refuseLast(Errors error) {
        lastProposal().reply.complete(new IsrChangeSender.Reply(error, null));
    }

    /** A follower in {@code epoch} takes in what its leader answered. */
    FollowerStep take(int epoch, long offset, FetchedPartition fetched) {
        return replica.apply(epoch, offset, fetched);
    }

    static FetchedPartition fetched(long highWatermark, ByteBuffer records) {
        return new FetchedPartition(ID, Errors.NONE, highWatermark, 0, null, records);
    }

    /** A batch as a leader's log holds it. */
    static ByteBuffer stamped(long offset, int epoch, long... values) {
        ByteBuffer batch = Batches.of(values);
        batch.putLong(0, offset);
        batch.putInt(12, epoch);
        return batch;
    }
}
