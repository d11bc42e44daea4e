/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.image.MetadataImage;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns decisions into entries of the metadata log, one entry in flight: what is asked meanwhile gathers and becomes the
 * next entry together. Confined to the controller thread; futures complete on it.
 *
 * <pre>
 *   not leading --lead--> deciding --append--> in flight --applied--> deciding
 *        ^                                        | dropped, or outcome unknown
 *        |                                        v
 *        +-------------resign (any time)------ settling --barrier applied--> deciding
 * </pre>
 *
 * <p>While settling, nothing is decided. After the barrier the batch either is in the image, and its requests complete, or
 * it never will be, and they are decided again.
 */
final class GroupCommit {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    /** Bound of the controller's own decisions; what fails is tried again by the next tick or the next controller. */
    static final long OWN_TIMEOUT_MS = 10_000;

    private static final long BARRIER_RETRY_MS = 100;
    private static final int MAX_ATTEMPTS = 5;
    private static final int MAX_TEXT = 500;
    private static final int NO_TERM = -1;

    private final FactLog log;
    private final ControllerThread thread;
    private final Clock wallClock;
    private final LongSupplier nanoTime;
    private final Consumer<FactBatch> applied;
    private final Runnable jumped;

    private final Deque<Request<?>> waiting = new ArrayDeque<>();
    private List<Request<?>> inFlight = List.of();
    private @Nullable FactBatch batch;
    private boolean settling;
    private boolean leading;
    private int term;
    /** Term of an entry that a reign has left in flight, until a barrier has followed it. */
    private int unsettledTerm = NO_TERM;

    /** Grows with every change of leadership, so that answers to what an earlier reign asked are known as such. */
    private long reign;

    private MetadataImage committed = MetadataImage.EMPTY;

    /**
     * @param applied told of each batch of ours, when it is in {@link #committed()} and before its requests complete
     * @param jumped told when {@link #committed()} moved by facts that are not ours
     */
    GroupCommit(
            FactLog log,
            ControllerThread thread,
            Clock wallClock,
            LongSupplier nanoTime,
            Consumer<FactBatch> applied,
            Runnable jumped) {
        this.log = log;
        this.thread = thread;
        this.wallClock = wallClock;
        this.nanoTime = nanoTime;
        this.applied = applied;
        this.jumped = jumped;
    }

    private static final class Request<R> {
        final String actor;
        final String cause;
        final long deadlineNanos;
        final Decider<R> decider;
        final CompletableFuture<R> future = new CompletableFuture<>();
        int attempts;
        int bytes;

        @Nullable
        Decision<R> decision;

        Request(String actor, String cause, long deadlineNanos, Decider<R> decider) {
            this.actor = actor;
            this.cause = cause;
            this.deadlineNanos = deadlineNanos;
            this.decider = decider;
        }

        void reply() {
            if (decision != null) {
                future.complete(decision.reply());
            }
        }
    }

    boolean leading() {
        return leading;
    }

    /** Everything applied that this reign knows of; nothing that is in flight. */
    MetadataImage committed() {
        return committed;
    }

    /**
     * Decides a request soon. Fails with {@link NotActiveControllerException} when leadership is gone before it is applied,
     * {@link TimeoutException} after the deadline (the outcome is unknown then), {@link DecisionTooLargeException}, or
     * whatever the decider throws.
     */
    <R> CompletableFuture<R> submit(String actor, String cause, long timeoutMs, Decider<R> decider) {
        if (!leading) {
            return CompletableFuture.failedFuture(notActive());
        }
        long deadline = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        Request<R> request = new Request<>(actor, cause, deadline, decider);
        waiting.add(request);
        pump();
        return request.future;
    }

    /** A decision of the controller itself; true when there were facts, and never fails. */
    CompletableFuture<Boolean> submitOwn(String cause, Function<MetadataImage, List<MetadataFact>> decider) {
        return submit("controller", cause, OWN_TIMEOUT_MS, image -> {
                    List<MetadataFact> facts = decider.apply(image);
                    return new Decision<>(facts, !facts.isEmpty());
                })
                .exceptionally(error -> {
                    LOG.info("Not done: {}: {}", cause, error.toString());
                    return false;
                });
    }

    void lead(int newTerm) {
        resign();
        leading = true;
        term = newTerm;
        committed = log.applied();
        if (unsettledTerm == newTerm) {
            // An entry of an earlier reign of this term may still come: it would be valid, and in the place of this
            // reign's first.
            settling = true;
            settle(reign, true);
        }
    }

    /** Throws away what is pending and fails everything that waits. */
    void resign() {
        reign++;
        leading = false;
        settling = false;
        if (batch != null) {
            unsettledTerm = batch.term();
        }
        batch = null;
        List<Request<?>> failed = new ArrayList<>(inFlight);
        failed.addAll(waiting);
        inFlight = List.of();
        waiting.clear();
        failed.forEach(request -> request.future.completeExceptionally(notActive()));
    }

    /** Fails what has waited too long. */
    void expire() {
        long now = nanoTime.getAsLong();
        List<Request<?>> late = new ArrayList<>();
        waiting.removeIf(request -> request.future.isDone() || (isLate(request, now) && late.add(request)));
        inFlight.stream().filter(request -> isLate(request, now)).forEach(late::add);
        late.forEach(request ->
                request.future.completeExceptionally(new TimeoutException("not decided in time: " + request.cause)));
    }

    private static boolean isLate(Request<?> request, long now) {
        return now - request.deadlineNanos >= 0;
    }

    private void pump() {
        while (leading && batch == null && !settling && !waiting.isEmpty()) {
            List<Request<?>> decided = new ArrayList<>();
            List<MetadataFact> facts = decideWaiting(decided);
            if (facts.isEmpty()) {
                decided.forEach(Request::reply);
            } else {
                append(decided, facts);
            }
        }
    }

    /** Decides from the head of the queue as much as fits in an entry. */
    private List<MetadataFact> decideWaiting(List<Request<?>> decided) {
        List<MetadataFact> facts = new ArrayList<>();
        MetadataImage pending = committed;
        int bytes = FactSize.BATCH_OVERHEAD;
        for (Request<?> request = waiting.peek(); request != null; request = waiting.peek()) {
            MetadataImage after = decide(request, pending);
            Decision<?> decision = request.decision;
            if (after == null || decision == null) {
                waiting.remove();
                continue;
            }
            if (!facts.isEmpty() && bytes + request.bytes > FactSize.MAX_ENTRY_BYTES) {
                break; // it is decided again for the next entry
            }
            waiting.remove();
            pending = after;
            facts.addAll(decision.facts());
            bytes += request.bytes;
            decided.add(request);
        }
        return facts;
    }

    /** The image after the decision, or null when the request is done for. */
    private <R> @Nullable MetadataImage decide(Request<R> request, MetadataImage pending) {
        if (request.future.isDone()) {
            return null;
        }
        try {
            Decision<R> decision = request.decider.decide(pending);
            request.bytes = FactSize.of(decision.facts());
            if (request.bytes > FactSize.MAX_DECISION_BYTES - FactSize.BATCH_OVERHEAD) {
                request.future.completeExceptionally(new DecisionTooLargeException("too much for one request: "
                        + decision.facts().size() + " facts of " + request.bytes + " bytes"));
                return null;
            }
            // Facts that do not fit the image would stop every node on replay: this throws before they get into the
            // log.
            MetadataImage after = pending.apply(decision.facts());
            request.decision = decision;
            return after;
        } catch (RuntimeException e) {
            LOG.error("Deciding \"{}\" for {} failed", request.cause, request.actor, e);
            request.future.completeExceptionally(e);
            return null;
        }
    }

    private void append(List<Request<?>> decided, List<MetadataFact> facts) {
        FactBatch entry = new FactBatch(
                term,
                committed.endOffset(),
                wallClock.millis(),
                joined(decided.stream().map(request -> request.actor).toList()),
                joined(decided.stream().map(request -> request.cause).toList()),
                facts);
        batch = entry;
        inFlight = decided;
        long asked = reign;
        CompletableFuture<Boolean> outcome;
        try {
            outcome = log.append(entry);
        } catch (RuntimeException e) {
            outcome = CompletableFuture.failedFuture(e);
        }
        thread.then(outcome, (isApplied, unknown) -> appended(asked, entry, isApplied, unknown));
    }

    /** @param isApplied null when the outcome is unknown */
    private void appended(long asked, FactBatch entry, @Nullable Boolean isApplied, @Nullable Throwable unknown) {
        if (asked != reign) {
            return;
        }
        if (isApplied != null && isApplied) {
            committed = log.applied();
            finish(entry);
            pump();
        } else {
            LOG.warn(
                    "The entry at metadata offset {} of term {} {}; settling before the next decision",
                    entry.baseOffset(),
                    entry.term(),
                    isApplied == null ? "has an unknown outcome (" + unknown + ")" : "was dropped");
            settling = true;
            settle(asked, isApplied != null);
        }
    }

    private void settle(long asked, boolean dropped) {
        if (asked != reign) {
            return;
        }
        CompletableFuture<Void> barrier;
        try {
            barrier = log.barrier();
        } catch (RuntimeException e) {
            barrier = CompletableFuture.failedFuture(e);
        }
        thread.then(barrier, (done, error) -> {
            if (asked != reign) {
                return;
            }
            if (error == null) {
                settled(dropped);
            } else {
                thread.schedule(() -> settle(asked, dropped), BARRIER_RETRY_MS);
            }
        });
    }

    private void settled(boolean dropped) {
        FactBatch entry = batch;
        MetadataImage before = committed;
        committed = log.applied();
        settling = false;
        unsettledTerm = NO_TERM;
        // Only this reign appends in this term since an earlier one was settled, so an image of the term that ends
        // where the batch ends holds it.
        boolean isApplied = !dropped
                && entry != null
                && committed.term() == entry.term()
                && committed.endOffset() == entry.endOffset();
        if (entry != null && isApplied) {
            finish(entry);
        } else {
            List<Request<?>> again = inFlight;
            batch = null;
            inFlight = List.of();
            for (int i = again.size() - 1; i >= 0; i--) {
                decideAgain(again.get(i));
            }
            if (committed.endOffset() != before.endOffset()) {
                jumped.run();
            }
        }
        pump();
    }

    private void decideAgain(Request<?> request) {
        if (++request.attempts < MAX_ATTEMPTS) {
            request.decision = null;
            waiting.addFirst(request);
        } else {
            request.future.completeExceptionally(new NotActiveControllerException(
                    "the metadata log refused this " + request.attempts + " times: " + request.cause));
        }
    }

    private void finish(FactBatch entry) {
        List<Request<?>> done = inFlight;
        batch = null;
        inFlight = List.of();
        applied.accept(entry);
        done.forEach(Request::reply);
    }

    private static NotActiveControllerException notActive() {
        return new NotActiveControllerException("this node is not the active controller");
    }

    private static String joined(List<String> texts) {
        Set<String> distinct = new LinkedHashSet<>(texts);
        String text = String.join("; ", distinct);
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
