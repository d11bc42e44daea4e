/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.controller.NotActiveControllerException;
import io.klamm.metadata.fact.ClusterCreated;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata log as Raft gives it, without Raft: one order of entries for all; a leader that may be deposed without knowing it;
 * entries of a deposed leader that its successor has, or has not; replies that are lost; nodes that apply late and in jumps.
 */
final class SimQuorum {
    private static final long TICK_MS = 50;
    private static final long MAJORITY_LOST_MS = 300;

    /** What forming leaves behind. */
    private static final MetadataImage FORMED =
            MetadataImage.EMPTY.apply(List.of(new ClusterCreated(SimCluster.ID, List.of())));

    private final World world;
    private final SimCluster cluster;
    private final BiConsumer<MetadataImage, MetadataImage> committed;
    /** The image after so many entries. */
    private final List<MetadataImage> images = new ArrayList<>(List.of(MetadataImage.EMPTY, FORMED));
    /** In the leader's log, not yet on a majority. */
    private final List<Entry> uncommitted = new ArrayList<>();

    private int term;
    private @Nullable NodeLog leader;
    private @Nullable NodeLog lastLeader;
    private long electAtNanos;
    private long majoritySeenNanos;

    private static final class Entry {
        private final int term;
        private final @Nullable FactBatch batch;
        private final CompletableFuture<Boolean> result = new CompletableFuture<>();
        private int index = -1;
        private boolean accepted;

        private Entry(int term, @Nullable FactBatch batch) {
            this.term = term;
            this.batch = batch;
        }
    }

    /** @param committed told of each change: the image before and after */
    SimQuorum(World world, SimCluster cluster, BiConsumer<MetadataImage, MetadataImage> committed) {
        this.world = world;
        this.cluster = cluster;
        this.committed = committed;
        tick();
    }

    MetadataImage newest() {
        return images.get(images.size() - 1);
    }

    /** Node id of the leader, 0 when there is none; sometimes who was it before. */
    int believedLeader() {
        NodeLog now = world.perThousand(100) ? lastLeader : leader;
        return now == null ? 0 : now.process.nodeId();
    }

    int leaderNode() {
        return leader == null ? 0 : leader.process.nodeId();
    }

    NodeLog open(SimProcess process) {
        return new NodeLog(process);
    }

    private void tick() {
        long now = world.time.getAsLong();
        NodeLog leads = leader;
        if (leads != null) {
            if (hasMajority(leads)) {
                majoritySeenNanos = now;
            }
            if (!leads.process.isRunning()
                    || now - majoritySeenNanos > TimeUnit.MILLISECONDS.toNanos(MAJORITY_LOST_MS)) {
                depose();
            }
        } else if (now >= electAtNanos) {
            elect();
        }
        world.time.scheduleMs(TICK_MS, this::tick);
    }

    private boolean hasMajority(NodeLog candidate) {
        int count = 0;
        for (SimNode node : cluster.voters()) {
            SimProcess process = node.process();
            if (process != null
                    && process.isRunning()
                    && !process.isPaused()
                    && world.connected(candidate.process.nodeId(), node.id())) {
                count++;
            }
        }
        return candidate.process.isRunning()
                && !candidate.process.isPaused()
                && 2 * count > cluster.voters().size();
    }

    /** The leader loses its office, and learns of it later. */
    void depose() {
        NodeLog old = leader;
        if (old == null) {
            return;
        }
        world.trace(1, old.process.nodeId(), term);
        leader = null;
        lastLeader = old;
        electAtNanos = world.time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(100 + world.below(600));
        List<Entry> outstanding = List.copyOf(uncommitted);
        old.lost = () -> {
            old.lost = null;
            old.listener().onNotLeader();
            outstanding.forEach(entry ->
                    entry.result.completeExceptionally(new NotActiveControllerException("leadership is gone")));
        };
        old.process.schedule(TimeUnit.MILLISECONDS.toNanos(world.below(300)), old::learnOfLoss);
    }

    private void elect() {
        List<NodeLog> candidates = new ArrayList<>();
        for (SimNode node : cluster.voters()) {
            SimProcess process = node.process();
            if (process != null && hasMajority(process.log())) {
                candidates.add(process.log());
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        NodeLog next = candidates.get(world.below(candidates.size()));
        term++;
        world.trace(2, next.process.nodeId(), term);
        // It has a beginning of what its predecessor had; all of it, when it is the predecessor.
        int kept = next == lastLeader ? uncommitted.size() : world.below(uncommitted.size() + 1);
        uncommitted.subList(0, kept).forEach(this::commit);
        uncommitted.clear();
        leader = next;
        majoritySeenNanos = world.time.getAsLong();
        int now = term;
        next.process.schedule(TimeUnit.MILLISECONDS.toNanos(world.delayMs()), () -> {
            if (leader == next && term == now) {
                next.learnOfLoss();
                next.applyUpTo(images.size() - 1);
                next.listener().onLeaderReady(now);
            }
        });
        spread();
    }

    /** The check that every node does in apply. */
    private void commit(Entry entry) {
        MetadataImage before = newest();
        FactBatch batch = entry.batch;
        entry.accepted = batch != null && batch.term() == entry.term && batch.baseOffset() == before.endOffset();
        MetadataImage after = entry.accepted && batch != null ? before.apply(batch) : before;
        entry.index = images.size();
        images.add(after);
        world.trace(3, entry.index, after.endOffset());
        if (entry.accepted) {
            committed.accept(before, after);
        }
    }

    private void commitUpTo(Entry last, NodeLog owner) {
        if (leader != owner || !uncommitted.contains(last)) {
            return;
        }
        if (!hasMajority(owner)) {
            world.time.scheduleMs(20, () -> commitUpTo(last, owner));
            return;
        }
        List<Entry> ready = new ArrayList<>(uncommitted.subList(0, uncommitted.indexOf(last) + 1));
        uncommitted.removeAll(ready);
        ready.forEach(this::commit);
        owner.finish(ready);
        spread();
    }

    private void spread() {
        for (SimNode node : cluster.nodes()) {
            SimProcess process = node.process();
            if (process != null) {
                process.log().applySoon();
            }
        }
    }

    /** One process's view of the log. */
    final class NodeLog implements FactLog {
        private final SimProcess process;
        private FactLog.@Nullable Listener listener;
        private int applied;
        /** Tells that leadership is gone, while that is not known here. */
        private @Nullable Runnable lost;

        private NodeLog(SimProcess process) {
            this.process = process;
        }

        private void learnOfLoss() {
            Runnable news = lost;
            if (news != null) {
                news.run();
            }
        }

        void setListener(FactLog.Listener listener) {
            this.listener = listener;
        }

        private FactLog.Listener listener() {
            if (listener == null) {
                throw new IllegalStateException("a log without a controller leads");
            }
            return listener;
        }

        @Override
        public MetadataImage applied() {
            return images.get(applied);
        }

        private void applyUpTo(int index) {
            if (index > applied) {
                applied = index;
                process.onApplied(images.get(applied));
            }
        }

        /** Sooner or later, entry by entry or in one jump; later when the leader cannot be reached. */
        void applySoon() {
            process.schedule(TimeUnit.MILLISECONDS.toNanos(world.delayMs()), () -> {
                NodeLog source = leader;
                int newest = images.size() - 1;
                if (applied >= newest) {
                    return;
                }
                boolean reached = source != null
                        && !world.isMetadataHeld(process.nodeId())
                        && world.connected(source.process.nodeId(), process.nodeId())
                        && !source.process.isPaused();
                if (reached) {
                    applyUpTo(world.perThousand(300) ? applied + 1 : newest);
                }
                if (applied < newest) {
                    process.schedule(TimeUnit.MILLISECONDS.toNanos(reached ? 1 : 60), this::applySoon);
                }
            });
        }

        @Override
        public CompletableFuture<Boolean> append(FactBatch batch) {
            return submit(new Entry(term, batch)).result;
        }

        @Override
        public CompletableFuture<Void> barrier() {
            return submit(new Entry(term, null)).result.thenApply(accepted -> null);
        }

        private Entry submit(Entry entry) {
            if (leader != this) {
                process.schedule(
                        TimeUnit.MILLISECONDS.toNanos(world.delayMs()),
                        () -> entry.result.completeExceptionally(new NotActiveControllerException("not the leader")));
                return entry;
            }
            uncommitted.add(entry);
            world.time.scheduleMs(world.delayMs(), () -> commitUpTo(entry, this));
            return entry;
        }

        private void finish(List<Entry> entries) {
            process.schedule(TimeUnit.MILLISECONDS.toNanos(world.below(4)), () -> {
                for (Entry entry : entries) {
                    applyUpTo(entry.index);
                    if (world.perThousand(15)) {
                        entry.result.completeExceptionally(new NotActiveControllerException("the reply is lost"));
                    } else {
                        entry.result.complete(entry.accepted);
                    }
                }
            });
        }
    }
}
