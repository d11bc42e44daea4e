/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's voter in the metadata quorum: a Ratis division with our state machine.
 *
 * <p>Life: {@link #open} reads the directory and can answer {@link #status()} to other voters; {@link #start} forms the
 * quorum if this voter is empty (asking all others until each answers), or restarts it; {@link #close} stops it.
 *
 * <p>Threads: one of its own ("quorum-NODE") forms, watches Ratis and completes {@link FactHistory#awaitAbove}; Ratis'
 * apply thread builds images and completes appends. Any thread may call the methods here.
 */
public final class MetadataQuorum implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataQuorum.class);
    private static final int HISTORY_BATCHES = 4_096;
    private static final long HISTORY_BYTES = 16L << 20;
    private static final long WATCH_INTERVAL_MS = 500;
    /** What an election takes, amply. */
    private static final long CANDIDATE_INTERVAL_MS = 150;

    private final QuorumConfig config;
    private final VoterDirectory directory;
    private final Consumer<Throwable> fatal;
    private final ScheduledThreadPoolExecutor executor;
    private final AppliedHistory history;
    private final MetadataStateMachine stateMachine;
    private final RaftFactLog factLog;
    private final Leadership leadership;
    private final VoterStanding standing;
    private final VoterChanges changes;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> running = new CompletableFuture<>();
    /** Set by the first fault; those that follow are its consequences. */
    private final AtomicBoolean failed = new AtomicBoolean();
    /** Confined to the executor. */
    /** Whether other voters are being asked about this one. */
    private final AtomicBoolean asking = new AtomicBoolean();

    private volatile @Nullable CompletableFuture<List<Voter>> forming;
    private volatile @Nullable RaftVoter raft;
    private volatile @Nullable VoterProbe probe;
    private volatile @Nullable QuorumStartException startFailure;

    private MetadataQuorum(
            QuorumConfig config,
            VoterDirectory directory,
            ImagePublisher publisher,
            FactLog.Listener listener,
            Consumer<Throwable> fatal) {
        this.config = config;
        this.directory = directory;
        this.fatal = fatal;
        this.executor = new QuorumThread(config.nodeId());
        // After close there is nobody left to do it for.
        executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.history = new AppliedHistory(HISTORY_BATCHES, HISTORY_BYTES, executor);
        this.stateMachine = new MetadataStateMachine(publisher, history, new MachineEvents());
        this.factLog = new RaftFactLog(
                stateMachine, RaftGroupId.valueOf(directory.identity().groupUuid()));
        this.leadership = new Leadership(
                config.clusterId(),
                () -> directory.identity().voters(),
                factLog,
                listener,
                this::leadsIn,
                Clock.systemUTC(),
                executor);
        this.standing = new VoterStanding(config, directory);
        this.changes = new VoterChanges(config, () -> raft, factLog, () -> probe, executor);
    }

    /**
     * Reads or prepares the voter's directory.
     *
     * @param config settings
     * @param publisher gets every image that this voter applies
     * @param listener told of this node's leadership; must not call back and wait
     * @param fatal told once when a running voter cannot go on (log not written, entry not applied, closed by Ratis); the
     *     process must exit. What goes wrong before is told by {@link #start}.
     * @throws QuorumStartException when the directory belongs to another cluster or node, or is damaged
     */
    public static MetadataQuorum open(
            QuorumConfig config, ImagePublisher publisher, FactLog.Listener listener, Consumer<Throwable> fatal) {
        VoterAddresses.check(config);
        VoterDirectory directory = VoterDirectory.open(config.directory(), config.clusterId(), config.nodeId());
        return new MetadataQuorum(config, directory, publisher, listener, fatal);
    }

    /** The log for the active controller. */
    public FactLog factLog() {
        return factLog;
    }

    /**
     * Starts an empty voter to be taken into a quorum that others have formed: it gets a name in Raft that nobody had before, has no
     * vote, and waits until the quorum's leader is asked to {@link #addVoter}. Any other voter starts as with {@link #start}.
     */
    public CompletableFuture<Void> join(VoterProbe newProbe) {
        if (directory.identity().state() == VoterStatus.State.EMPTY) {
            try {
                directory.markJoining();
            } catch (IOException e) {
                QuorumStartException failure = new QuorumStartException(
                        "metadata directory " + config.directory() + " cannot be written: " + e, e);
                startFailed(failure);
                return running.copy();
            }
        }
        if (directory.identity().state() == VoterStatus.State.JOINING) {
            LOG.info(
                    "This voter waits to be taken into the quorum, with directory id {}: klamm quorum add {}, or klamm"
                            + " quorum replace {} when it takes the place of a lost one",
                    directoryId(),
                    config.nodeId() + "@" + VoterAddresses.self(config).host() + ':'
                            + VoterAddresses.self(config).port(),
                    config.nodeId());
        }
        return start(newProbe);
    }

    /**
     * Replays, and forms the quorum first when needed. Completes when the voter runs; a leader may not exist yet. Fails
     * with {@link QuorumStartException} when the voter must not start, or when it is closed before.
     */
    public CompletableFuture<Void> start(VoterProbe newProbe) {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("started twice");
        }
        probe = newProbe;
        if (directory.identity().state() == VoterStatus.State.EMPTY) {
            CompletableFuture<List<Voter>> voters = new Forming(config, directoryId(), newProbe, executor).start();
            forming = voters;
            CompletableFuture<List<Voter>> unused = voters.whenComplete((formed, refused) -> {
                if (refused == null) {
                    executor.execute(() -> startAs(formed));
                } else {
                    startFailed(refused);
                }
            });
        } else {
            executor.execute(() -> startAs(null));
        }
        if (closed.get()) {
            close(); // it came first and could not stop what did not exist yet
        }
        return running.copy();
    }

    /**
     * Completes when it is certain that the quorum has this voter with this directory: at once when an earlier start found
     * that out, else with the first facts. A broker of the same node must not register before, since a voter that lost its
     * disk may yet be refused. Fails when the voter is refused, fails, or is closed before. May complete on Ratis' apply thread.
     */
    public CompletableFuture<Void> member() {
        return standing.member().copy();
    }

    /** @param formingVoters the voters to form the quorum with, null when that has been settled by an earlier start */
    private void startAs(@Nullable List<Voter> formingVoters) {
        try {
            if (formingVoters != null) {
                directory.markForming(formingVoters);
            }
            VoterIdentity identity = directory.identity();
            // Until fact 0 is here, Ratis may not have stored the configuration yet; after that its own one counts, and
            // one
            // that joins learns it from the leader.
            List<Voter> initial = identity.state() == VoterStatus.State.FORMING ? identity.voters() : List.of();
            RaftVoter voter = RaftVoter.start(config, directory, initial, stateMachine);
            raft = voter;
            factLog.connect(voter.server());
            if (closed.get()) {
                voter.close();
                return;
            }
            PeerLinks links = new PeerLinks(voter);
            ScheduledFuture<?> unused = executor.scheduleWithFixedDelay(
                    () -> watch(voter, links), WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
            running.complete(null);
        } catch (IOException e) {
            startFailed(new QuorumStartException(
                    "metadata directory " + config.directory() + " cannot be written: " + e, e));
        } catch (RuntimeException e) {
            QuorumStartException earlier = startFailure;
            startFailed(earlier == null ? e : earlier);
        }
    }

    private void startFailed(Throwable failure) {
        running.completeExceptionally(failure);
        standing.member().completeExceptionally(failure);
    }

    private void watch(RaftVoter voter, PeerLinks links) {
        if (closed.get()) {
            return;
        }
        if (!voter.isAlive()) {
            stoppedByItself();
            return;
        }
        links.look();
        if (voter.leaderId() < 0) {
            askWhetherGone("");
        } else {
            changes.follow();
        }
    }

    private void stoppedByItself() {
        if (stateMachine.configuredWithout(directory.identity().peerId())) {
            fail(standing.removed(), null);
        } else {
            askWhetherGone("Ratis has stopped by itself (see the log above; after a pause beyond"
                    + " klamm.ratis.raft.server.close.threshold it does so)");
        }
    }

    /** @param otherwise why this voter fails when nobody says that it is gone; empty when it does not */
    private void askWhetherGone(String otherwise) {
        VoterProbe ask = probe;
        if (ask == null || !asking.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<@Nullable String> unused = standing.askOthers(ask, stateMachine.image())
                .whenCompleteAsync(
                        (gone, failure) -> {
                            asking.set(false);
                            if (gone != null) {
                                fail(gone, null);
                            } else if (!otherwise.isEmpty()) {
                                fail(otherwise, null);
                            }
                        },
                        executor);
    }

    private void fail(String message, @Nullable Throwable cause) {
        if (closed.get() || !failed.compareAndSet(false, true)) {
            return;
        }
        standing.member().completeExceptionally(new QuorumStartException(message, cause));
        if (raft == null) {
            startFailure = new QuorumStartException(message, cause);
        } else {
            fatal.accept(new VoterFaultException(message, cause));
        }
    }

    private boolean leadsIn(int term) {
        RaftVoter voter = raft;
        return voter != null && voter.leadsIn(term);
    }

    /** What other voters are told when they want to form the quorum. Durable before it is told. */
    public VoterStatus status() {
        VoterIdentity identity = directory.identity();
        MetadataImage image = stateMachine.image();
        return new VoterStatus(
                identity.nodeId(),
                identity.directoryId(),
                identity.state(),
                image.voters().isEmpty() ? identity.voters() : image.voters(),
                image.endOffset());
    }

    public QuorumStatus describe() {
        MetadataImage image = stateMachine.image();
        List<Voter> voters = image.voters().isEmpty() ? directory.identity().voters() : image.voters();
        RaftVoter voter = raft;
        List<RaftVoter.Progress> followers = voter == null ? List.of() : voter.followers();
        List<QuorumStatus.VoterProgress> progress = new ArrayList<>();
        for (Voter member : voters) {
            long next = -1;
            long contact = -1;
            for (RaftVoter.Progress follower : followers) {
                if (VoterIdentity.nodeIdOf(follower.peer().toString()) == member.nodeId()) {
                    next = follower.nextIndex();
                    contact = follower.lastContactMs();
                }
            }
            if (voter != null && member.nodeId() == config.nodeId() && leaderId() == config.nodeId()) {
                next = voter.nextLogIndex();
                contact = 0;
            }
            progress.add(new QuorumStatus.VoterProgress(member.nodeId(), member.directoryId(), next, contact));
        }
        return new QuorumStatus(leaderId(), voter == null ? 0 : voter.term(), image.endOffset(), progress);
    }

    /** Node id of the leader as this voter knows it, -1 when there is none. Cheap; any thread. */
    public int leaderId() {
        RaftVoter voter = raft;
        return voter == null ? -1 : voter.leaderId();
    }

    /** @param teller writes the fact that these are the voters; called on the leader, when Raft's configuration is ahead of the facts */
    public void tellVoters(Function<List<Voter>, CompletableFuture<?>> teller) {
        changes.tellTo(teller);
    }

    /**
     * Takes a voter into the quorum that has started with {@link #join}. Asked of the leader; completes when it votes and the facts
     * say so.
     *
     * @param joiner its node id, directory id, and CONTROLLER address
     * @param replaces directory id of the voter with the same node id whose place it takes; null for one more voter
     * @return fails with {@link VoterChangeException}, or {@link io.klamm.metadata.controller.NotActiveControllerException}
     */
    public CompletableFuture<Void> addVoter(Voter joiner, @Nullable Uuid replaces, long timeoutMs) {
        return changes.add(joiner, replaces, timeoutMs);
    }

    /** Removes a voter. Asked of the leader; when it is the leader itself, it passes leadership on and answers that it does not lead. */
    public CompletableFuture<Void> removeVoter(int nodeId, Uuid directory, long timeoutMs) {
        return changes.remove(nodeId, directory, timeoutMs);
    }

    /** Passes leadership on to another voter. Asked of the leader; one that leads already is done. */
    public CompletableFuture<Void> transferLeadership(int nodeId, long timeoutMs) {
        return changes.transfer(nodeId, timeoutMs);
    }

    /** Passes leadership on when it is held and somebody can take it; the voter stays. Blocks for a bounded time. */
    public void passLeadershipOn() {
        RaftVoter voter = raft;
        if (!closed.get() && voter != null) {
            voter.transferLeadership();
        }
    }

    /** Port on which a voter's Ratis listens. */
    public int raftPort(Voter voter) {
        return VoterAddresses.raftPort(voter, config);
    }

    /**
     * The process that leads the quorum is dead for certain. The first of the other voters, by node id, stands for election at
     * once; the next one only when that has not begun a moment later, since two candidates could split the votes. Any thread.
     */
    public void leaderIsDead(int nodeId) {
        RaftVoter voter = raft;
        RaftPeerId leader = voter == null ? null : voter.leader();
        if (voter == null || leader == null || VoterIdentity.nodeIdOf(leader.toString()) != nodeId) {
            return;
        }
        int term = voter.term();
        long rank = status().voters().stream()
                .filter(other -> other.nodeId() != nodeId && other.nodeId() < config.nodeId())
                .count();
        ScheduledFuture<?> unused = executor.schedule(
                () -> {
                    if (!closed.get() && voter.term() == term && voter.succeed(leader)) {
                        LOG.info("Node {}, which led the quorum, is dead; this voter stands for election", nodeId);
                    }
                },
                rank * CANDIDATE_INTERVAL_MS,
                TimeUnit.MILLISECONDS);
    }

    public Uuid directoryId() {
        return directory.identity().directoryId();
    }

    public FactHistory history() {
        return history;
    }

    /**
     * A part of a snapshot for a tailing broker.
     *
     * @return the bytes from {@code position}, at most {@code maxBytes}; null when this voter does not have that snapshot
     * @throws IndexOutOfBoundsException when {@code position} is negative or above the size
     */
    public @Nullable SnapshotChunk readSnapshot(SnapshotId id, long position, int maxBytes) throws IOException {
        return stateMachine.snapshots().read(id, position, maxBytes);
    }

    /** @param totalSize size of the whole snapshot in bytes */
    public record SnapshotChunk(long totalSize, ByteBuffer bytes) {}

    /** Passes leadership on when it is held, then stops. Bounded; safe to call twice. */
    @Override
    public void close() {
        passLeadershipOn();
        stop();
    }

    /** Stops without a word to the others, as near to a kill as one process allows. */
    void stop() {
        boolean first = closed.compareAndSet(false, true);
        CompletableFuture<List<Voter>> asking = forming;
        QuorumStartException reason = new QuorumStartException("the voter was closed while it started");
        if (asking != null) {
            asking.completeExceptionally(reason);
        }
        startFailed(reason);
        if (!first) {
            return;
        }
        factLog.connect(null);
        RaftVoter voter = raft;
        if (voter != null) {
            voter.close();
        }
        history.close();
        executor.shutdown();
        try {
            // Forming or starting may still be under way on the executor: the lock is given back after it.
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.warn("The quorum thread did not stop in time");
            }
            directory.close();
        } catch (IOException e) {
            LOG.warn("The lock of {} was not released: {}", config.directory(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The one thread of this class. An exception that nobody expected ends the voter, not just the task. */
    private final class QuorumThread extends ScheduledThreadPoolExecutor {
        QuorumThread(int nodeId) {
            super(1, work -> {
                Thread thread = new Thread(work, "quorum-" + nodeId);
                thread.setDaemon(true);
                return thread;
            });
        }

        @Override
        protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
            if (task instanceof Future<?> future && future.isDone() && !future.isCancelled()) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    fail("unexpected: " + e.getCause(), e.getCause());
                    startFailed(e.getCause() == null ? e : e.getCause());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private final class MachineEvents implements MetadataStateMachine.Events {
        @Override
        public void votersApplied(MetadataImage image) throws IOException {
            standing.applied(image);
        }

        @Override
        public void leaderReady(int term) {
            leadership.ready(term);
        }

        @Override
        public void notLeader() {
            leadership.lost();
        }

        @Override
        public void fatal(String message, @Nullable Throwable cause) {
            fail(message, cause);
        }
    }
}
