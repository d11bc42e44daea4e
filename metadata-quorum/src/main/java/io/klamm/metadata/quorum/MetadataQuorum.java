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
import org.apache.kafka.common.Uuid;
import org.apache.ratis.protocol.RaftGroupId;
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

    private final QuorumConfig config;
    private final VoterDirectory directory;
    private final Consumer<Throwable> fatal;
    private final ScheduledThreadPoolExecutor executor;
    private final AppliedHistory history;
    private final MetadataStateMachine stateMachine;
    private final RaftFactLog factLog;
    private final Leadership leadership;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> running = new CompletableFuture<>();
    private final CompletableFuture<Void> member = new CompletableFuture<>();
    /** Set by the first fault; those that follow are its consequences. */
    private final AtomicBoolean failed = new AtomicBoolean();

    private volatile @Nullable CompletableFuture<List<Voter>> forming;
    private volatile @Nullable RaftVoter raft;
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
        if (directory.identity().state() == VoterStatus.State.FORMED) {
            member.complete(null);
        }
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
     * Replays, and forms the quorum first when needed. Completes when the voter runs; a leader may not exist yet. Fails
     * with {@link QuorumStartException} when the voter must not start, or when it is closed before.
     */
    public CompletableFuture<Void> start(VoterProbe probe) {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("started twice");
        }
        if (directory.identity().state() == VoterStatus.State.EMPTY) {
            CompletableFuture<List<Voter>> voters = new Forming(config, directoryId(), probe, executor).start();
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
        return member.copy();
    }

    /** @param formingVoters the voters to form the quorum with, null when that has been settled by an earlier start */
    private void startAs(@Nullable List<Voter> formingVoters) {
        try {
            if (formingVoters != null) {
                directory.markForming(formingVoters);
            }
            VoterIdentity identity = directory.identity();
            // Until fact 0 is here, Ratis may not have stored the configuration yet; after that its own one counts.
            List<Voter> initial = identity.state() == VoterStatus.State.FORMED ? List.of() : identity.voters();
            RaftVoter voter = RaftVoter.start(config, directory, initial, stateMachine);
            raft = voter;
            factLog.connect(voter.server());
            if (closed.get()) {
                voter.close();
                return;
            }
            ScheduledFuture<?> unused = executor.scheduleWithFixedDelay(
                    this::watch, WATCH_INTERVAL_MS, WATCH_INTERVAL_MS, TimeUnit.MILLISECONDS);
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
        member.completeExceptionally(failure);
    }

    private void watch() {
        RaftVoter voter = raft;
        if (voter != null && !closed.get() && !voter.isAlive()) {
            fail("Ratis has stopped by itself (see the log above; after a pause of over a minute it does so)", null);
        }
    }

    private void fail(String message, @Nullable Throwable cause) {
        if (closed.get() || !failed.compareAndSet(false, true)) {
            return;
        }
        member.completeExceptionally(new QuorumStartException(message, cause));
        if (raft == null) {
            startFailure = new QuorumStartException(message, cause);
        } else {
            LOG.error("The metadata voter cannot go on: {}", message);
            fatal.accept(new IllegalStateException(message, cause));
        }
    }

    private boolean leadsIn(int term) {
        RaftVoter voter = raft;
        return voter != null && voter.leadsIn(term);
    }

    /** What other voters are told when they want to form the quorum. Durable before it is told. */
    public VoterStatus status() {
        VoterIdentity identity = directory.identity();
        List<Voter> voters = stateMachine.image().voters();
        return new VoterStatus(
                identity.nodeId(),
                identity.directoryId(),
                identity.state(),
                voters.isEmpty() ? identity.voters() : voters);
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
        RaftVoter voter = raft;
        if (!closed.get() && voter != null) {
            voter.transferLeadership();
        }
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
        public void firstImage(MetadataImage image) throws IOException {
            if (!config.clusterId().equals(image.clusterId())) {
                throw new QuorumStartException("the metadata log is that of cluster " + image.clusterId()
                        + ", but this node is configured for cluster " + config.clusterId());
            }
            boolean listed = image.voters().stream()
                    .anyMatch(voter -> voter.nodeId() == config.nodeId()
                            && voter.directoryId().equals(directoryId()));
            if (!listed) {
                throw new QuorumStartException("the cluster was formed without the metadata directory "
                        + config.directory() + " (directory id " + directoryId() + ") of node " + config.nodeId() + ". "
                        + VoterDirectory.lostVoterAdvice(config.nodeId()));
            }
            if (directory.identity().state() != VoterStatus.State.FORMED) {
                directory.markFormed(image.voters());
            }
            member.complete(null);
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
