/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchResponseData;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request from its first read to its answer. Reads once what is due; when that is not enough it parks, holding no records, until
 * partitions have news or its time is over, and then reads again only these and what had records before. What it costs follows what has
 * changed, not the size of the session.
 *
 * <p>Records that must come from the disk are not waited for by the loop. In a session they come with a later answer, and hold up none of the
 * other partitions. Without one, nobody would remember that they have been asked for, so the answer waits for them, beyond its time if need be.
 *
 * <p>Runs on one thread, the caller's loop: news from other threads only ask the loop to look.
 */
final class FetchJob {
    /** Knows where the partition is, whether the client may read it, and whether it should do so elsewhere. */
    interface Resolver {
        /** Tells the slot where to read. */
        void resolve(FetchSlot slot);

        /** Node id of a replica that the client should read from instead, {@link FetchSlot#NO_REPLICA} for this one. */
        int preferredReplica(FetchSlot slot);

        /** Runs what waits for the disk; rejects what is too much. */
        Executor disk();
    }

    /**
     * How long news of a high watermark alone wait for company before they are worth an answer, where consumers read from followers:
     * bounds the answers to 500 a second.
     */
    private static final long STATE_LINGER_MS = 2;

    /** How long an answer is late at most because of the disk. */
    private static final long DISK_WAIT_MS = 30_000;

    private final FetchReader reader;
    private final FetchPlan plan;
    private final Resolver resolver;
    private final FetchAnswer answer;
    private final boolean answersState;
    private final ScheduledExecutorService loop;
    private final Consumer<FetchJob> finished;
    private final CompletableFuture<FetchResponseData> future = new CompletableFuture<>();
    private final AtomicBoolean lookAsked = new AtomicBoolean();
    private final AtomicBoolean lingering = new AtomicBoolean();
    /** What has records by the latest look; all ranges that are held are here. */
    private final Set<FetchSlot> withRecords = new LinkedHashSet<>();

    private @Nullable Future<?> deadline;
    private boolean done;
    private boolean late;

    /**
     * @param answersState whether news of the high watermark alone are worth an answer
     * @param loop runs everything of this job; the caller is on it
     * @param finished told when a job that was parked is done
     */
    FetchJob(
            FetchReader reader,
            FetchPlan plan,
            Resolver resolver,
            FetchAnswer answer,
            boolean answersState,
            ScheduledExecutorService loop,
            Consumer<FetchJob> finished) {
        this.reader = reader;
        this.plan = plan;
        this.resolver = resolver;
        this.answer = answer;
        this.answersState = answersState;
        this.loop = loop;
        this.finished = finished;
    }

    CompletableFuture<FetchResponseData> future() {
        return future;
    }

    /** Reads everything. True: the answer is complete; false: park. */
    boolean start() {
        FetchJob overtaken = plan.news().parked();
        if (overtaken != null) {
            overtaken.overtaken();
        }
        boolean enough;
        try {
            plan.takeNews();
            boolean nothing = plan.session() == null && plan.due().isEmpty();
            enough = read(plan.due()) || nothing;
        } catch (RuntimeException | Error e) {
            releaseAll();
            throw e;
        }
        if (enough || (reader.maxWaitMs() <= 0 && !awaitsDisk())) {
            complete();
            return true;
        }
        releaseAll();
        return false;
    }

    void park() {
        deadline = loop.schedule(this::timeOver, Math.max(0, reader.maxWaitMs()), TimeUnit.MILLISECONDS);
        watch(plan.due());
        plan.news().park(this);
        tellStateSoon();
    }

    /** What this request has read already may be news of a high watermark, too. */
    private void tellStateSoon() {
        if (answersState && plan.due().stream().anyMatch(FetchSlot::isNews)) {
            stateMoved();
        }
    }

    /** Answers with what is known, without records: the node stops. Any thread. */
    void abort() {
        try {
            loop.execute(this::completeEmpty);
        } catch (RejectedExecutionException e) {
            // the loop is gone, so nobody else runs this job any more
            completeEmpty();
        }
    }

    /** There is something to read. Any thread. */
    void askToLook() {
        if (lookAsked.compareAndSet(false, true)) {
            try {
                loop.execute(this::look);
            } catch (RejectedExecutionException e) {
                // the loop is gone; abort() answers
                lookAsked.set(false);
            }
        }
    }

    /** A high watermark has moved, or the like. Any thread. */
    @SuppressWarnings("FutureReturnValueIgnored") // what a look throws is the loop's to tell
    void stateMoved() {
        if (answersState && lingering.compareAndSet(false, true)) {
            try {
                loop.schedule(this::lookForState, STATE_LINGER_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                lingering.set(false);
            }
        }
    }

    private void look() {
        lookAsked.set(false);
        look(false);
    }

    private void lookForState() {
        lingering.set(false);
        look(true);
    }

    private void look(boolean forState) {
        if (done) {
            return;
        }
        List<FetchSlot> news = plan.takeNews();
        boolean enough = readAgain(news) || (forState && plan.due().stream().anyMatch(FetchSlot::isNews));
        if (enough || (late && !awaitsDisk())) {
            complete();
            return;
        }
        releaseAll();
        watch(withRecords);
        watch(news);
        tellStateSoon();
    }

    /** A session that has been evicted meanwhile has given up its watches for good. */
    private void watch(Collection<FetchSlot> slots) {
        if (plan.session() == null || plan.continues()) {
            slots.forEach(slot -> slot.watch(reader));
        }
    }

    private void timeOver() {
        if (done) {
            return;
        }
        List<FetchSlot> news = plan.takeNews();
        readAgain(news);
        if (!late && awaitsDisk()) {
            late = true;
            releaseAll();
            watch(withRecords);
            watch(news);
            deadline = loop.schedule(this::timeOver, DISK_WAIT_MS, TimeUnit.MILLISECONDS);
            return;
        }
        complete();
    }

    private boolean awaitsDisk() {
        return !plan.continues() && plan.due().stream().anyMatch(slot -> slot.coldBytes() > 0);
    }

    private boolean readAgain(List<FetchSlot> news) {
        Set<FetchSlot> again = new LinkedHashSet<>(withRecords);
        again.addAll(news);
        return read(again);
    }

    /** @return whether there is something to say now: enough bytes, or what must not wait */
    private boolean read(Collection<FetchSlot> slots) {
        List<FetchSlot> inOrder = new ArrayList<>(slots);
        withRecords.clear();
        int room = reader.maxBytes();
        int coldRoom = reader.maxBytes();
        long bytes = 0;
        boolean urgent = false;
        for (FetchSlot slot : inOrder) {
            resolver.resolve(slot);
            int mostBytes = Math.min(room, Math.max(0, slot.wanted().partitionMaxBytes()));
            Executor disk = coldRoom > 0 ? resolver.disk() : null;
            slot.read(reader, mostBytes, bytes == 0, resolver.preferredReplica(slot), disk);
            coldRoom -= slot.coldBytes();
            urgent |= slot.urgent();
            if (slot.bytes() > 0) {
                withRecords.add(slot);
                bytes += slot.bytes();
                room = Math.max(0, room - slot.bytes());
            }
        }
        return (urgent || bytes >= reader.minBytes()) && !awaitsDisk();
    }

    private void complete() {
        finish();
        FetchResponseData response;
        try {
            response = answer.of(plan);
            settle();
        } catch (RuntimeException | Error e) {
            releaseAll();
            future.completeExceptionally(e);
            return;
        }
        releaseAll();
        future.complete(response);
    }

    private void settle() {
        FetchSession session = plan.session();
        if (session != null) {
            session.settle(List.copyOf(plan.due()), reader);
        }
    }

    private void completeEmpty() {
        if (!done) {
            releaseAll();
            complete();
        }
    }

    /** The client has sent the next request of the session without waiting for this one's answer: what is due is that one's now. */
    private void overtaken() {
        if (!done) {
            releaseAll();
            finish();
            future.complete(FetchAnswer.overtaken(plan));
        }
    }

    private void finish() {
        done = true;
        if (deadline != null) {
            deadline.cancel(false);
            plan.news().unpark();
            finished.accept(this);
        }
        if (plan.session() == null) {
            plan.due().forEach(FetchSlot::forget);
        }
    }

    private void releaseAll() {
        withRecords.forEach(FetchSlot::release);
    }
}
