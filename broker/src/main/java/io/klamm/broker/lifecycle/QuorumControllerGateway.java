/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.ControllerGateway;
import io.klamm.broker.controller.ForwardedRequest;
import io.klamm.broker.net.RequestContext;
import io.klamm.metadata.fact.Voter;
import io.klamm.replication.peer.PeerConnector;
import io.klamm.replication.peer.PeerException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the active controller among the voters and talks to it.
 *
 * <p>What is tried again, until the time is over:
 *
 * <ul>
 *   <li>always: a request that surely was not acted on, since the voter refused the connection, the request was never written,
 *       or the voter answered NOT_CONTROLLER (for an envelope: on the envelope itself);
 *   <li>after an unknown outcome (connection lost, no answer in time): requests of this node itself ({@link #send}) that
 *       can be repeated: registration and heartbeat by their nature, a second
 *       block of producer ids harms nobody, and creating an internal topic treats TOPIC_ALREADY_EXISTS as done;
 *   <li>after an unknown outcome, of a client's requests: those that read, and those that say what is to be the case, whether it
 *       is already or not, as changes of configuration do.
 * </ul>
 *
 * <p>AlterPartition is not repeated here though it compares and sets: its leader must know that an earlier sending may still be
 * acted on, for as long as a later one is refused for a reason of its own; it sends again itself.
 *
 * <p>A client's CreateTopics or DeleteTopics with an unknown outcome is answered with NOT_CONTROLLER: the client decides, and every
 * Kafka client asks again by itself. Asking again here would answer TOPIC_ALREADY_EXISTS for the topic that this very request
 * has created, as if somebody else had.
 */
@SuppressWarnings("FutureReturnValueIgnored") // each stage hands its own failure to the call
public final class QuorumControllerGateway implements ControllerGateway, AutoCloseable {
    private static final long FIRST_BACKOFF_MS = 20;
    private static final long MAX_BACKOFF_MS = 200;
    private static final Set<ApiKeys> REPEATABLE =
            Set.of(ApiKeys.DESCRIBE_QUORUM, ApiKeys.INCREMENTAL_ALTER_CONFIGS, ApiKeys.ALTER_CONFIGS);
    private static final String NO_TRY = "no controller is known";

    private final ControllerLocator locator;
    private final VoterChannels channels;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final long attemptTimeoutMs;
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param purpose names the connections
     * @param attemptTimeoutMs how long one voter may take to answer a request of this node before another is asked
     */
    public QuorumControllerGateway(
            ControllerLocator locator,
            PeerConnector connector,
            String purpose,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            long attemptTimeoutMs) {
        this.locator = locator;
        this.channels = new VoterChannels(connector, purpose);
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.attemptTimeoutMs = attemptTimeoutMs;
    }

    @Override
    public CompletableFuture<ApiMessage> send(ApiMessage request, long timeoutMs) {
        boolean repeatable = request.apiKey() != ApiKeys.ALTER_PARTITION.id;
        return start(new Call(request, timeoutMs, attemptTimeoutMs, repeatable, response -> response));
    }

    @Override
    public CompletableFuture<ApiMessage> forward(RequestContext context, ApiMessage request, long timeoutMs) {
        boolean repeatable = REPEATABLE.contains(context.api());
        return start(new Call(
                ForwardedRequest.encode(context, request),
                timeoutMs,
                timeoutMs,
                repeatable,
                response -> unwrap(context, (EnvelopeResponseData) response)));
    }

    private static ApiMessage unwrap(RequestContext context, EnvelopeResponseData envelope) {
        Errors error = Errors.forCode(envelope.errorCode());
        if (error != Errors.NONE) {
            // The broker's own right or form is wrong, not the client's: to the client it is a fault of the server.
            throw Errors.UNKNOWN_SERVER_ERROR.exception(
                    "The controller refused a forwarded " + context.api() + ": " + error);
        }
        return ForwardedRequest.decodeResponse(context, envelope.responseData());
    }

    private CompletableFuture<ApiMessage> start(Call call) {
        calls.add(call);
        call.done.whenComplete((response, failure) -> calls.remove(call));
        call.attempt();
        return call.done;
    }

    /** Fails what is outstanding. */
    @Override
    public void close() {
        closed = true;
        channels.close();
        calls.forEach(call -> call.done.completeExceptionally(new TimeoutException("This node is shutting down.")));
    }

    /** One request on its way through the attempts. Steps follow each other; never two at once. */
    private final class Call {
        final CompletableFuture<ApiMessage> done = new CompletableFuture<>();
        private final ApiMessage request;
        private final long deadlineNanos;
        private final long attemptMs;
        private final boolean repeatable;
        private final UnaryOperator<ApiMessage> unpacked;
        private long backoffMs = FIRST_BACKOFF_MS;
        private String lastTry = NO_TRY;

        /** @param unpacked makes the result of an answer, whose bytes are valid for so long only */
        Call(
                ApiMessage request,
                long timeoutMs,
                long attemptMs,
                boolean repeatable,
                UnaryOperator<ApiMessage> unpacked) {
            this.request = request;
            this.deadlineNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            this.attemptMs = attemptMs;
            this.repeatable = repeatable;
            this.unpacked = unpacked;
        }

        void attempt() {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoTime.getAsLong());
            if (leftMs <= 0 || closed) {
                done.completeExceptionally(new TimeoutException("No controller has answered: " + lastTry + "."));
                return;
            }
            Voter voter = locator.next();
            boolean hurried = leftMs < attemptMs;
            try {
                channels.send(voter, request, Math.min(leftMs, attemptMs), (response, failure) -> {
                    try {
                        answered(voter, response, failure, hurried);
                    } catch (RuntimeException e) {
                        done.completeExceptionally(e);
                    }
                });
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        }

        /** @param hurried whether the deadline left the voter less time than usual: then an earlier try tells more */
        private void answered(
                Voter voter, @Nullable ApiMessage response, @Nullable Throwable failure, boolean hurried) {
            if (response != null && failure == null) {
                if (!ControllerAnswers.notController(response)) {
                    locator.leads(voter.nodeId());
                    done.complete(unpacked.apply(response));
                    return;
                }
                lastTry = "node " + voter.nodeId() + " does not lead the quorum";
            } else {
                String thisTry =
                        "node " + voter.nodeId() + " at " + voter.host() + ":" + voter.port() + ": " + words(failure);
                if (!hurried || lastTry.equals(NO_TRY)) {
                    lastTry = thisTry;
                }
                if (!repeatable && !surelyNotSent(failure)) {
                    locator.doesNotLead(voter.nodeId());
                    done.completeExceptionally(new NotControllerException("The outcome is unknown: " + thisTry + "."));
                    return;
                }
            }
            locator.doesNotLead(voter.nodeId());
            retry();
        }

        private void retry() {
            try {
                timer.schedule(this::attempt, backoffMs, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                done.completeExceptionally(new TimeoutException("This node is shutting down."));
            }
            backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
        }
    }

    private static boolean surelyNotSent(@Nullable Throwable failure) {
        return cause(failure) instanceof PeerException peer && !peer.sent();
    }

    private static String words(@Nullable Throwable failure) {
        Throwable cause = cause(failure);
        return cause == null ? "no answer" : String.valueOf(cause.getMessage());
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
