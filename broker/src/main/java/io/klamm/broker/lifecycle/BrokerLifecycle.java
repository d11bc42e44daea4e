/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.controller.DigestField;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.metadata.image.MetadataImage;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker's standing with the controller: registers, heartbeats, is fenced and unfenced, and leaves in order. The states and
 * their transitions are those of {@link BrokerState}.
 *
 * <p>Threads: everything happens on the executor passed in; public methods may be called by any thread. One request is in flight
 * at a time, so a heartbeat never overtakes another.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what a task throws is told by the executor
public final class BrokerLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerLifecycle.class);
    /** Between heartbeats while something is awaited: to be unfenced, or to be allowed to stop. */
    private static final long EAGER_INTERVAL_MS = 50;

    /** Least time between a heartbeat and one that only brings news of the metadata. */
    private static final long NEWS_INTERVAL_MS = 20;

    private static final long REGISTRATION_RETRY_MS = 200;
    private static final long COMPLAINT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    /**
     * @param heartbeatIntervalMs broker.heartbeat.interval.ms
     * @param requestTimeoutMs for one heartbeat or registration, all attempts included
     * @param shutdownTimeoutMs longest wait for the leaders to be moved away
     * @param shutdownSilenceMs wait for that without hearing from a controller
     */
    public record Timing(
            long heartbeatIntervalMs, long requestTimeoutMs, long shutdownTimeoutMs, long shutdownSilenceMs) {}

    /**
     * @param published end offset (exclusive) of the newest image whose roles this node serves
     * @param awaitPublished completes when {@code published} has reached the offset
     * @param ready called whenever the roles of a registration are published, before the controller hears of it: from then on
     *     this broker is asked by others
     * @param digests how this node's metadata compares with the active controller's
     */
    public record MetadataView(
            LongSupplier published,
            LongFunction<CompletableFuture<MetadataImage>> awaitPublished,
            Runnable ready,
            Supplier<DigestStanding> digests) {}

    private final BrokerIdentity identity;
    private final ControllerGateway controller;
    private final MetadataView metadata;
    private final Timing timing;
    private final ScheduledExecutorService executor;
    private final LongSupplier nanoTime;
    private final Consumer<String> refused;

    private final CompletableFuture<Void> running = new CompletableFuture<>();
    private final CompletableFuture<Void> shutDown = new CompletableFuture<>();
    private volatile BrokerState state = BrokerState.STARTING;
    private volatile long brokerEpoch = -1;
    /** Since the start of this process. */
    private final Set<Uuid> failedDirectories = new TreeSet<>();

    private boolean requestInFlight;
    /** The controller has yet to hear of roles that were published. */
    private boolean news;

    private long lastStepNanos;
    /** Counts the planned sends; one that was overtaken by a newer plan does nothing. */
    private long plan;

    private long startNanos;
    private long lastComplaintNanos;
    private long shutdownStartNanos;
    private long lastAnswerNanos;

    /** @param refused told, in words for the operator, when the controller will never accept this broker */
    public BrokerLifecycle(
            BrokerIdentity identity,
            ControllerGateway controller,
            MetadataView metadata,
            Timing timing,
            ScheduledExecutorService executor,
            LongSupplier nanoTime,
            Consumer<String> refused) {
        this.identity = identity;
        this.controller = controller;
        this.metadata = metadata;
        this.timing = timing;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.refused = refused;
    }

    public BrokerState state() {
        return state;
    }

    /** Epoch of the current registration, -1 before the first one. */
    public long brokerEpoch() {
        return brokerEpoch;
    }

    /** Starts to register. Completes when this broker is unfenced for the first time; fails when it is refused or stopped. */
    public CompletableFuture<Void> start() {
        onExecutor(() -> {
            startNanos = nanoTime.getAsLong();
            lastComplaintNanos = startNanos;
            step();
        });
        return running;
    }

    /**
     * Asks the controller to move this broker's leaders away. Completes, never exceptionally, when they have moved, when the time
     * is over, or when no controller answers any more (all nodes are being stopped).
     */
    public CompletableFuture<Void> beginShutdown() {
        onExecutor(() -> {
            if (!state.mayBecome(BrokerState.SHUTTING_DOWN)) {
                return;
            }
            boolean wasRegistered = state != BrokerState.STARTING;
            become(BrokerState.SHUTTING_DOWN);
            shutdownStartNanos = nanoTime.getAsLong();
            lastAnswerNanos = shutdownStartNanos;
            if (!wasRegistered) {
                stop();
                return;
            }
            executor.schedule(this::checkShutdownBounds, EAGER_INTERVAL_MS, TimeUnit.MILLISECONDS);
            planStep(0);
        });
        return shutDown;
    }

    /**
     * The roles of new topics are published. The next heartbeat comes soon, since somebody may wait at the controller until every
     * broker knows them.
     */
    public void publishedTopics() {
        onExecutor(() -> {
            if (state == BrokerState.RUNNING) {
                news = true;
                if (!requestInFlight) {
                    planStep(pause());
                }
            }
        });
    }

    /** Until the next step, in milliseconds. */
    private long pause() {
        if (!news || state != BrokerState.RUNNING) {
            return interval();
        }
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - lastStepNanos);
        return Math.max(0, Math.min(interval(), NEWS_INTERVAL_MS - sinceMs));
    }

    /** Sends nothing more. */
    public void close() {
        onExecutor(this::stop);
    }

    /** Log dirs have failed: the controller hears of it at once, and with every heartbeat from now on (KIP-858). */
    public void directoriesFailed(Collection<Uuid> directories) {
        onExecutor(() -> {
            if (failedDirectories.addAll(directories)) {
                planStep(0);
            }
        });
    }

    private List<Uuid> onlineDirectories() {
        return identity.logDirs().stream()
                .filter(directory -> !failedDirectories.contains(directory))
                .toList();
    }

    private void stop() {
        if (state != BrokerState.STOPPED) {
            become(BrokerState.STOPPED);
        }
        plan++;
        shutDown.complete(null);
        running.completeExceptionally(new IllegalStateException("The broker is stopping."));
    }

    /** The executor is gone only when the node has stopped already; then nobody needs to be told anything. */
    private void onExecutor(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException e) {
            shutDown.complete(null);
            running.completeExceptionally(new IllegalStateException("The broker has stopped."));
        }
    }

    private void become(BrokerState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(state + " does not become " + next);
        }
        LOG.info("Broker {}: {} -> {}, broker epoch {}", identity.nodeId(), state, next, brokerEpoch);
        state = next;
    }

    private void planStep(long delayMs) {
        long planned = ++plan;
        executor.schedule(
                () -> {
                    if (planned == plan) {
                        step();
                    }
                },
                delayMs,
                TimeUnit.MILLISECONDS);
    }

    /** Sends what this state asks for; the answer plans the next step. */
    private void step() {
        if (state == BrokerState.STOPPED || requestInFlight) {
            return;
        }
        boolean registering = state == BrokerState.STARTING;
        ApiMessage request = registering
                ? RegistrationRequest.of(identity.withLogDirs(onlineDirectories()), previousEpoch())
                : heartbeat();
        requestInFlight = true;
        news = false;
        lastStepNanos = nanoTime.getAsLong();
        send(request)
                .whenComplete((response, failure) -> onExecutor(() -> {
                    requestInFlight = false;
                    if (state == BrokerState.STOPPED) {
                        return;
                    }
                    if (response instanceof BrokerRegistrationResponseData registration) {
                        registered(registration);
                    } else if (response instanceof BrokerHeartbeatResponseData heartbeat) {
                        heartbeatAnswered(heartbeat);
                    } else {
                        complain(failure == null ? "an answer of no known kind" : String.valueOf(failure.getMessage()));
                        planStep(interval());
                    }
                }));
    }

    /** Fails, never throws, so that the next step is planned in any case. */
    private CompletableFuture<ApiMessage> send(ApiMessage request) {
        try {
            return controller.send(request, timing.requestTimeoutMs());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** The log is as this process left it: a second registration of the same process follows its first one cleanly. */
    private long previousEpoch() {
        return brokerEpoch >= 0 ? brokerEpoch : identity.cleanShutdownEpoch();
    }

    private BrokerHeartbeatRequestData heartbeat() {
        BrokerHeartbeatRequestData heartbeat = new BrokerHeartbeatRequestData()
                .setBrokerId(identity.nodeId())
                .setBrokerEpoch(brokerEpoch)
                .setCurrentMetadataOffset(metadata.published().getAsLong())
                .setOfflineLogDirs(List.copyOf(failedDirectories))
                .setWantFence(false)
                .setWantShutDown(state == BrokerState.SHUTTING_DOWN);
        heartbeat.unknownTaggedFields().add(DigestField.of(metadata.digests().get()));
        return heartbeat;
    }

    private long interval() {
        if (state == BrokerState.STARTING) {
            return REGISTRATION_RETRY_MS;
        }
        return state == BrokerState.RUNNING ? timing.heartbeatIntervalMs() : EAGER_INTERVAL_MS;
    }

    private void registered(BrokerRegistrationResponseData response) {
        if (state != BrokerState.STARTING) {
            return; // the shutdown has begun meanwhile; the session of this registration runs out
        }
        Errors error = Errors.forCode(response.errorCode());
        switch (error) {
            case NONE -> {
                brokerEpoch = response.brokerEpoch();
                become(BrokerState.REGISTERED);
                lastComplaintNanos = nanoTime.getAsLong();
                metadata.awaitPublished()
                        .apply(brokerEpoch + 1)
                        .whenComplete((image, failure) -> onExecutor(this::publishedRegistration));
                planStep(interval());
            }
            case INCONSISTENT_CLUSTER_ID, UNSUPPORTED_VERSION, INVALID_REGISTRATION, CLUSTER_AUTHORIZATION_FAILED -> {
                String message = "the controller refuses broker " + identity.nodeId() + ": " + error + " ("
                        + error.message() + "); its log says more";
                running.completeExceptionally(new BrokerStartException(message));
                refused.accept(message);
                stop();
            }
            default -> {
                complain("the controller answers its registration with " + error);
                planStep(interval());
            }
        }
    }

    /** A heartbeat at once tells the controller that this broker can be unfenced. */
    private void publishedRegistration() {
        if (readyToServe()) {
            planStep(0);
        }
    }

    /** From REGISTERED to FENCED, when the roles are published. */
    private boolean readyToServe() {
        if (state != BrokerState.REGISTERED || metadata.published().getAsLong() <= brokerEpoch) {
            return false;
        }
        metadata.ready().run();
        become(BrokerState.FENCED);
        return true;
    }

    private void heartbeatAnswered(BrokerHeartbeatResponseData response) {
        lastAnswerNanos = nanoTime.getAsLong();
        Errors error = Errors.forCode(response.errorCode());
        if (state == BrokerState.SHUTTING_DOWN) {
            if (response.shouldShutDown() || unknownRegistration(error)) {
                LOG.info("Broker {}: the controller lets it stop", identity.nodeId());
                stop();
                return;
            }
        } else if (error == Errors.NONE) {
            readyToServe();
            fencing(response.isFenced());
        } else if (unknownRegistration(error)) {
            LOG.warn("Broker {}: the controller says {}; registering again", identity.nodeId(), error);
            become(BrokerState.STARTING);
        } else {
            complain("the controller answers " + error);
        }
        if (state == BrokerState.RUNNING) {
            lastComplaintNanos = lastAnswerNanos;
        } else if (state == BrokerState.REGISTERED) {
            complain("it has the metadata up to " + metadata.published().getAsLong() + " and needs it up to its own"
                    + " registration");
        } else if (state == BrokerState.FENCED) {
            complain("the controller keeps it fenced");
        }
        planStep(pause());
    }

    private static boolean unknownRegistration(Errors error) {
        return error == Errors.STALE_BROKER_EPOCH || error == Errors.BROKER_ID_NOT_REGISTERED;
    }

    private void fencing(boolean fenced) {
        if (!fenced && state == BrokerState.FENCED) {
            become(BrokerState.RUNNING);
            running.complete(null);
        } else if (fenced && state == BrokerState.RUNNING) {
            LOG.warn("Broker {} was fenced", identity.nodeId());
            become(BrokerState.FENCED);
        }
    }

    private void checkShutdownBounds() {
        if (state != BrokerState.SHUTTING_DOWN) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (now - lastAnswerNanos >= TimeUnit.MILLISECONDS.toNanos(timing.shutdownSilenceMs())) {
            LOG.warn("Broker {}: no controller answers; stopping without moving leaders", identity.nodeId());
            stop();
        } else if (now - shutdownStartNanos >= TimeUnit.MILLISECONDS.toNanos(timing.shutdownTimeoutMs())) {
            LOG.warn("Broker {}: its leaders have not moved in time; stopping anyway", identity.nodeId());
            stop();
        } else {
            executor.schedule(this::checkShutdownBounds, EAGER_INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** One line in ten seconds, at most. */
    private void complain(String what) {
        long now = nanoTime.getAsLong();
        if (now - lastComplaintNanos >= COMPLAINT_INTERVAL_NS) {
            lastComplaintNanos = now;
            LOG.warn("Broker {} ({}, epoch {}) does not serve: {}", identity.nodeId(), state, brokerEpoch, what);
        }
    }
}
