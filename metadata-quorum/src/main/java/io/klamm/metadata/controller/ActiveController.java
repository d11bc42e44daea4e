/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.image.PartitionId;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;

/**
 * The one that decides. Runs on the ready leader of the quorum, in one thread; everywhere else, and whenever the outcome of
 * a decision is not known, its calls fail with {@link NotActiveControllerException}. It takes all waiting requests, decides
 * each against the committed image plus what is pending, appends the facts as one entry, and replies when this node has
 * applied them. All methods may be called by any thread and return at once; futures complete on the controller thread and
 * always complete (deadline, leadership loss, close).
 */
public final class ActiveController implements FactLog.Listener, AutoCloseable {

    /**
     * @param config settings
     * @param log the metadata log
     * @param ports the world
     * @param executor single-threaded; everything of the controller runs on it
     * @param wallClock time written into batches
     * @param nanoTime monotonic time for sessions and deadlines
     */
    public ActiveController(
            ControllerConfig config,
            FactLog log,
            ControllerPorts ports,
            ScheduledExecutorService executor,
            Clock wallClock,
            LongSupplier nanoTime) {
        throw new UnsupportedOperationException();
    }

    /** Whether this node is the active controller right now. */
    public boolean isActive() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onLeaderReady(int term) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onNotLeader() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<RegistrationReply> register(BrokerRegistration registration) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<HeartbeatReply> heartbeat(BrokerHeartbeat heartbeat) {
        throw new UnsupportedOperationException();
    }

    /** The connection that carried the broker's heartbeats is gone: dial it, and fence it if it refuses (design D6). */
    public void connectionLost(int nodeId, long brokerEpoch) {
        throw new UnsupportedOperationException();
    }

    /** @param validateOnly decide and report, create nothing */
    public CompletableFuture<List<NewTopicResult>> createTopics(
            String actor, List<NewTopic> topics, boolean validateOnly, long timeoutMs) {
        throw new UnsupportedOperationException();
    }

    /** Deletes by name (ids empty) or by id (names empty). */
    public CompletableFuture<List<DeleteTopicResult>> deleteTopics(
            String actor, List<String> names, List<Uuid> ids, long timeoutMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * @param brokerEpoch epoch of the asking leader; a stale one answers STALE_BROKER_EPOCH for every partition
     */
    public CompletableFuture<List<IsrChangeResult>> changeIsr(int nodeId, long brokerEpoch, List<IsrChange> changes) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<ProducerIdBlock> allocateProducerIds(int nodeId, long brokerEpoch) {
        throw new UnsupportedOperationException();
    }

    /** Any other decision (configuration, elections, reassignments): the seam for what comes later. */
    public <R> CompletableFuture<R> decide(String actor, String cause, long timeoutMs, Decider<R> decider) {
        throw new UnsupportedOperationException();
    }

    /** Partitions that wait for the reports of their last known ISR; for describe and for metrics. */
    public CompletableFuture<List<PartitionId>> awaitingRecovery() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
