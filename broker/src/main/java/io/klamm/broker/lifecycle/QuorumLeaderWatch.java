/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.MetadataQuorum;
import io.klamm.replication.peer.PeerConnector;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves the death of the quorum's leader as the controller proves that of a broker (design D6): this voter keeps a connection to the
 * leader's CONTROLLER listener; when it ends, it dials the leader's Raft port; when that refuses, the process is gone, and an election
 * begins without waiting for its time-out. Silence proves nothing: then Ratis' own time-outs count, as they do whenever this is wrong
 * or late.
 *
 * <p>Confined to the executor, besides {@link #close}.
 */
final class QuorumLeaderWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QuorumLeaderWatch.class);
    private static final long LOOK_INTERVAL_MS = 200;
    private static final long CONNECT_TIMEOUT_MS = 1_000;

    /** What this needs of the voter. */
    interface Quorum {
        /** Node id of the leader, -1 when there is none. */
        int leaderId();

        @Nullable
        Voter voter(int nodeId);

        int raftPort(Voter voter);

        /** As {@link MetadataQuorum#leaderIsDead}. */
        void leaderIsDead(int nodeId);
    }

    private final int nodeId;
    private final Quorum quorum;
    private final PeerConnector connector;
    private final ScheduledExecutorService executor;
    private int watched = -1;
    private @Nullable CompletableFuture<Void> connection;
    private volatile boolean closed;

    /** @param executor single-threaded */
    QuorumLeaderWatch(int nodeId, Quorum quorum, PeerConnector connector, ScheduledExecutorService executor) {
        this.nodeId = nodeId;
        this.quorum = quorum;
        this.connector = connector;
        this.executor = executor;
    }

    void start() {
        executor.execute(this::look);
    }

    /** Sees to it that the present leader is watched; again and again, since Ratis changes it, and connections end. */
    @SuppressWarnings("FutureReturnValueIgnored") // what a task throws is told by the executor
    private void look() {
        if (closed) {
            drop();
            return;
        }
        int leader = quorum.leaderId();
        if (leader != watched) {
            drop();
            watched = leader;
        }
        Voter voter = leader < 0 || leader == nodeId ? null : quorum.voter(leader);
        if (voter != null && connection == null) {
            watch(voter);
        }
        executor.schedule(this::look, LOOK_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    private void drop() {
        CompletableFuture<Void> current = connection;
        connection = null;
        if (current != null) {
            current.cancel(false);
        }
    }

    private void watch(Voter voter) {
        CompletableFuture<Void> current = connector.hold(voter.host(), voter.port(), CONNECT_TIMEOUT_MS);
        connection = current;
        CompletableFuture<Void> unused = current.whenCompleteAsync(
                (ended, failure) -> {
                    if (connection == current) {
                        connection = null;
                        if (failure == null) {
                            dial(voter);
                        }
                    }
                },
                executor);
    }

    /** At once: a supervisor may start the process again. */
    private void dial(Voter voter) {
        int leader = voter.nodeId();
        CompletableFuture<Void> unused = connector
                .dial(voter.host(), quorum.raftPort(voter), CONNECT_TIMEOUT_MS)
                .handleAsync(
                        (connected, failure) -> {
                            if (failure == null && !connected && !closed && quorum.leaderId() == leader) {
                                LOG.info("The leader of the quorum, node {}, refuses connections", leader);
                                quorum.leaderIsDead(leader);
                            }
                            return null;
                        },
                        executor);
    }

    @Override
    public void close() {
        closed = true; // the next look, or the end of the connections' event loop, does the rest
    }
}
