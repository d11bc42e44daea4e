/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.controller.NotActiveControllerException;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of the quorum's members and of its leader, on the leader. A change is one compare-and-set of Raft's configuration; the fact
 * {@code VotersChanged} follows it. When the leader dies in between, the next one finds Raft's configuration ahead of the facts and
 * writes the fact that is missing, so there is nothing to roll back.
 *
 * <p>One change at a time. Futures complete with nothing once this node has applied the fact, with {@link VoterChangeException}, or with
 * {@link NotActiveControllerException} when this voter does not lead (any more; then the change may have happened). All within the
 * caller's deadline and a little more. Everything runs on the given executor but for one dial.
 */
final class VoterChanges {
    private static final Logger LOG = LoggerFactory.getLogger(VoterChanges.class);
    private static final long MIN_TIMEOUT_MS = 1_000;
    private static final long MAX_TIMEOUT_MS = 600_000;
    private static final int DIAL_TIMEOUT_MS = 1_000;
    private static final long PROBE_TIMEOUT_MS = 3_000;
    private static final long POLL_MS = 20;
    /** Ratis looks at a pending change when nothing has happened for the upper bound of the election time-out. */
    private static final long LONGEST_HOLD_MS = 3_000;

    private final QuorumConfig config;
    private final Supplier<@Nullable RaftVoter> raft;
    private final RaftFactLog log;
    private final Supplier<@Nullable VoterProbe> probe;
    private final ScheduledExecutorService executor;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicBoolean telling = new AtomicBoolean();
    private volatile @Nullable Function<List<Voter>, CompletableFuture<?>> teller;

    /**
     * @param raft this voter, null while it does not run
     * @param probe asks another voter, null before the start
     */
    VoterChanges(
            QuorumConfig config,
            Supplier<@Nullable RaftVoter> raft,
            RaftFactLog log,
            Supplier<@Nullable VoterProbe> probe,
            ScheduledExecutorService executor) {
        this.config = config;
        this.raft = raft;
        this.log = log;
        this.probe = probe;
        this.executor = executor;
    }

    /** @param newTeller writes the fact that these are the voters, when it is not written yet */
    void tellTo(Function<List<Voter>, CompletableFuture<?>> newTeller) {
        teller = newTeller;
    }

    /**
     * Takes a voter in that waits for it, in the place of another one or beside the others.
     *
     * @param replaces directory id of the lost voter with the same node id; null when it takes nobody's place
     */
    CompletableFuture<Void> add(Voter joiner, @Nullable Uuid replaces, long timeoutMs) {
        return change("take in node " + joiner.nodeId(), timeoutMs, deadline -> {
            List<Voter> unused = MembershipRule.add(view(), joiner, replaces);
            return reachable(joiner)
                    .thenComposeAsync(
                            reached -> {
                                MembershipRule.View view = view();
                                List<Voter> after = MembershipRule.add(view, joiner, replaces);
                                return configure(after, joiner, deadline);
                            },
                            executor);
        });
    }

    /** Lets a voter go. When that is this voter, leadership goes first, and the answer is that it does not lead. */
    CompletableFuture<Void> remove(int nodeId, Uuid directoryId, long timeoutMs) {
        return change("remove node " + nodeId, timeoutMs, deadline -> {
            List<Voter> after = MembershipRule.remove(view(), nodeId, directoryId);
            RaftVoter voter = leader();
            if (nodeId != config.nodeId()) {
                return configure(after, null, deadline);
            }
            RaftVoter.Progress heir = voter.heir();
            if (heir == null) {
                throw new VoterChangeException(
                        Errors.REQUEST_TIMED_OUT, "no other voter answers that leadership could be passed on to");
            }
            return onExecutor(voter.transferLeadership(heir.peer(), deadline.leftMs()))
                    .thenAccept(VoterChanges::checkReply)
                    .thenCompose(passedOn -> CompletableFuture.failedFuture(
                            new NotActiveControllerException("leadership was passed on to " + heir.peer() + " first")));
        });
    }

    /** Passes leadership on to a voter. Completes when that has won an election, or fails. */
    CompletableFuture<Void> transfer(int nodeId, long timeoutMs) {
        return change("pass leadership on to node " + nodeId, timeoutMs, deadline -> {
            RaftVoter voter = leader();
            if (nodeId == config.nodeId()) {
                return CompletableFuture.completedFuture(null);
            }
            RaftPeer heir = voter.settledPeers().stream()
                    .filter(peer -> VoterConfiguration.nodeId(peer) == nodeId)
                    .findFirst()
                    .orElseThrow(() ->
                            new VoterChangeException(Errors.VOTER_NOT_FOUND, "node " + nodeId + " is not a voter"));
            return onExecutor(voter.transferLeadership(heir.getId(), deadline.leftMs()))
                    .thenAccept(VoterChanges::checkReply);
        });
    }

    /** On the leader, every so often and after each change: tells the voters when the facts do not have them yet. */
    void follow() {
        RaftVoter voter = raft.get();
        MetadataImage image = log.applied();
        Function<List<Voter>, CompletableFuture<?>> tell = teller;
        if (tell == null || voter == null || !voter.isLeader() || image.voters().isEmpty()) {
            return;
        }
        List<RaftPeer> peers = voter.settledPeers();
        if (peers.isEmpty()) {
            return;
        }
        List<Voter> voters = VoterConfiguration.voters(peers, image.voters(), config.raftPortOffset());
        if (voters.equals(VoterConfiguration.sorted(image.voters())) || !telling.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<?> unused = tell.apply(voters).whenComplete((told, failure) -> telling.set(false));
    }

    private interface Change {
        CompletableFuture<Void> begin(Deadline deadline);
    }

    private record Deadline(long nanos) {
        long leftMs() {
            return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime()));
        }
    }

    private CompletableFuture<Void> change(String what, long timeoutMs, Change change) {
        long bounded = Math.max(MIN_TIMEOUT_MS, Math.min(timeoutMs, MAX_TIMEOUT_MS));
        Deadline deadline = new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(bounded));
        CompletableFuture<Void> result = new CompletableFuture<>();
        if (!busy.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(
                    new VoterChangeException(Errors.REQUEST_TIMED_OUT, "another change of the voters is under way"));
        }
        executor.execute(() -> {
            CompletableFuture<Void> done;
            try {
                done = change.begin(deadline);
            } catch (RuntimeException e) {
                done = CompletableFuture.failedFuture(e);
            }
            CompletableFuture<Void> unused = done.whenCompleteAsync(
                    (changed, failure) -> {
                        busy.set(false);
                        if (failure == null) {
                            LOG.info("Done: {}", what);
                            result.complete(null);
                        } else {
                            Throwable reason = reason(failure);
                            LOG.info("Not done: {}: {}", what, reason.getMessage());
                            result.completeExceptionally(reason);
                        }
                    },
                    executor);
        });
        return result;
    }

    private RaftVoter leader() {
        RaftVoter voter = raft.get();
        if (voter == null || !voter.isLeader()) {
            throw new NotActiveControllerException("this voter does not lead the quorum");
        }
        return voter;
    }

    private MembershipRule.View view() {
        Map<Integer, Long> contact = new HashMap<>();
        for (RaftVoter.Progress follower : leader().followers()) {
            contact.put(VoterIdentity.nodeIdOf(follower.peer().toString()), follower.lastContactMs());
        }
        contact.put(config.nodeId(), 0L);
        MetadataImage image = log.applied();
        return new MembershipRule.View(image.metadataVersion(), image.voters(), contact);
    }

    /** A voter that cannot be reached, or is not the one that was meant, is not worth a pending change. */
    private CompletableFuture<Void> reachable(Voter joiner) {
        VoterProbe ask = probe.get();
        if (ask == null) {
            throw new NotActiveControllerException("this voter does not run");
        }
        String node = "node " + joiner.nodeId() + " at " + joiner.host() + ':' + joiner.port();
        return ask.ask(joiner)
                .copy()
                .orTimeout(PROBE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .handle((status, failure) -> {
                    if (failure != null) {
                        throw new VoterChangeException(
                                Errors.REQUEST_TIMED_OUT,
                                node + " does not answer: " + reason(failure).getMessage());
                    }
                    if (status.nodeId() != joiner.nodeId()
                            || status.state() != VoterStatus.State.JOINING
                            || !status.directoryId().equals(joiner.directoryId())) {
                        throw new VoterChangeException(
                                Errors.INVALID_REQUEST,
                                node + " does not wait with directory " + joiner.directoryId()
                                        + " to be taken in (it says node " + status.nodeId() + ", directory "
                                        + status.directoryId() + ", " + status.state()
                                        + "): start it with an empty metadata directory and quorum.join=true");
                    }
                    return joiner;
                })
                .thenCompose(this::dial);
    }

    /** In a thread of its own: it waits. */
    private CompletableFuture<Void> dial(Voter joiner) {
        CompletableFuture<Void> dialled = new CompletableFuture<>();
        int port = joiner.port() + config.raftPortOffset();
        Thread thread = new Thread(
                () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(joiner.host(), port), DIAL_TIMEOUT_MS);
                        dialled.complete(null);
                    } catch (IOException | RuntimeException e) {
                        dialled.completeExceptionally(new VoterChangeException(
                                Errors.REQUEST_TIMED_OUT,
                                "Raft of node " + joiner.nodeId() + " at " + joiner.host() + ':' + port
                                        + " cannot be reached: " + e.getMessage()));
                    }
                },
                "quorum-dial");
        thread.setDaemon(true);
        thread.start();
        return dialled;
    }

    private CompletableFuture<Void> configure(List<Voter> after, @Nullable Voter joiner, Deadline deadline) {
        RaftVoter voter = leader();
        List<RaftPeer> from = voter.settledPeers();
        if (from.isEmpty() || busyElsewhere(from)) {
            throw new VoterChangeException(Errors.REQUEST_TIMED_OUT, "an earlier change of the voters is not done yet");
        }
        List<RaftPeer> to = new ArrayList<>();
        for (Voter member : after) {
            to.add(from.stream()
                    .filter(peer -> VoterConfiguration.is(peer, member) && !member.equals(joiner))
                    .findFirst()
                    .orElseGet(() -> VoterConfiguration.joiner(member, config.raftPortOffset())));
        }
        LOG.info("Changing the voters from {} to {}", names(from), names(to));
        // Ratis completes it under its own lock: whatever follows must leave that thread first.
        CompletableFuture<RaftClientReply> switched = onExecutor(voter.changeMembers(from, to));
        CompletableFuture<Void> done = new CompletableFuture<>();
        ScheduledFuture<?> bound =
                executor.schedule(() -> giveUp(switched, done), deadline.leftMs(), TimeUnit.MILLISECONDS);
        CompletableFuture<Void> unused = switched.thenAccept(VoterChanges::checkReply)
                .thenCompose(settled -> told(after, deadline))
                .whenComplete((settled, failure) -> {
                    bound.cancel(false);
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
        return done;
    }

    private <T> CompletableFuture<T> onExecutor(CompletableFuture<T> future) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<T> unused = future.whenCompleteAsync(
                (value, failure) -> {
                    if (failure == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(failure);
                    }
                },
                executor);
        return result;
    }

    private boolean busyElsewhere(List<RaftPeer> peers) {
        List<Voter> known = log.applied().voters();
        return !VoterConfiguration.voters(peers, known, config.raftPortOffset())
                .equals(VoterConfiguration.sorted(known));
    }

    /**
     * Time is over. While entries come, Ratis does not look whether the one it waits for is still there, so they are held back for a
     * moment: then it gives up by itself, and says so.
     */
    private void giveUp(CompletableFuture<RaftClientReply> switched, CompletableFuture<Void> done) {
        log.hold();
        ScheduledFuture<?> bound = executor.schedule(log::release, LONGEST_HOLD_MS, TimeUnit.MILLISECONDS);
        CompletableFuture<RaftClientReply> unused = switched.whenComplete((reply, failure) -> {
            bound.cancel(false);
            log.release();
        });
        done.completeExceptionally(
                new VoterChangeException(Errors.REQUEST_TIMED_OUT, "not done in time; it may still happen"));
    }

    /** Raft has switched: waits until the facts say so. */
    private CompletableFuture<Void> told(List<Voter> after, Deadline deadline) {
        CompletableFuture<Void> told = new CompletableFuture<>();
        executor.execute(() -> awaitTold(after, deadline, told));
        return told;
    }

    private void awaitTold(List<Voter> after, Deadline deadline, CompletableFuture<Void> told) {
        if (VoterConfiguration.sorted(log.applied().voters()).equals(VoterConfiguration.sorted(after))) {
            told.complete(null);
            return;
        }
        RaftVoter voter = raft.get();
        if (voter == null || !voter.isLeader()) {
            told.completeExceptionally(new NotActiveControllerException("leadership was lost behind the change"));
        } else if (deadline.leftMs() == 0) {
            told.completeExceptionally(new VoterChangeException(
                    Errors.REQUEST_TIMED_OUT, "Raft has switched, but the metadata does not say so yet"));
        } else {
            follow();
            ScheduledFuture<?> unused =
                    executor.schedule(() -> awaitTold(after, deadline, told), POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static void checkReply(RaftClientReply reply) {
        if (!reply.isSuccess()) {
            throw new CompletionException(reply.getException());
        }
    }

    /** What Ratis says, as the caller is to be told. */
    private static Throwable reason(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof VoterChangeException || cause instanceof NotActiveControllerException) {
            return cause;
        }
        if (cause instanceof ReconfigurationTimeoutException) {
            return new VoterChangeException(
                    Errors.REQUEST_TIMED_OUT, "the voter to be taken in did not catch up: nothing has changed");
        }
        if (cause instanceof ReconfigurationInProgressException || cause instanceof SetConfigurationException) {
            return new VoterChangeException(
                    Errors.REQUEST_TIMED_OUT, "an earlier change of the voters is not done yet");
        }
        return new NotActiveControllerException("the outcome is not known: " + cause);
    }

    private static String names(List<RaftPeer> peers) {
        return String.join(
                ", ",
                peers.stream().map(peer -> peer.getId().toString()).sorted().toList());
    }
}
