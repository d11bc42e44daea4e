/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.replication.partition.FetchOutcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request from its first read to its answer. Reads once; when that is not enough it parks, holding no records, until
 * partitions wake it or its time is over, and then reads again only what has woken it and what had records before.
 *
 * <p>Runs on one thread, the caller's loop: wakes from other threads only queue the partition and ask the loop to look.
 */
final class FetchJob {
    private final FetchReader reader;
    private final FetchPlan plan;
    private final FetchAnswer answer;
    private final ScheduledExecutorService loop;
    private final Consumer<FetchJob> finished;
    private final CompletableFuture<FetchResponseData> future = new CompletableFuture<>();
    private final Queue<FetchSlot> woken = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean lookAsked = new AtomicBoolean();
    private @Nullable Future<?> deadline;
    private boolean done;

    /**
     * @param loop runs everything of this job; the caller is on it
     * @param finished told when a job that was parked is done
     */
    FetchJob(
            FetchReader reader,
            FetchPlan plan,
            FetchAnswer answer,
            ScheduledExecutorService loop,
            Consumer<FetchJob> finished) {
        this.reader = reader;
        this.plan = plan;
        this.answer = answer;
        this.loop = loop;
        this.finished = finished;
    }

    CompletableFuture<FetchResponseData> future() {
        return future;
    }

    /** Reads everything. True: the answer is complete; false: park. */
    boolean start() {
        try {
            read(plan.slots());
        } catch (RuntimeException | Error e) {
            releaseAll();
            throw e;
        }
        if (enough() || reader.maxWaitMs() <= 0) {
            complete();
            return true;
        }
        releaseAll();
        return false;
    }

    void park() {
        deadline = loop.schedule(this::timeOver, reader.maxWaitMs(), TimeUnit.MILLISECONDS);
        for (FetchSlot slot : plan.slots()) {
            slot.await(reader, () -> wake(slot));
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

    private void wake(FetchSlot slot) {
        woken.add(slot);
        if (lookAsked.compareAndSet(false, true)) {
            try {
                loop.execute(this::look);
            } catch (RejectedExecutionException e) {
                // the loop is gone; abort() answers
                lookAsked.set(false);
            }
        }
    }

    private void look() {
        lookAsked.set(false);
        if (done) {
            return;
        }
        List<FetchSlot> news = takeWoken();
        readAgain(news);
        if (enough()) {
            complete();
            return;
        }
        releaseAll();
        for (FetchSlot slot : news) {
            slot.await(reader, () -> wake(slot));
        }
    }

    private void timeOver() {
        if (!done) {
            readAgain(takeWoken());
            complete();
        }
    }

    private List<FetchSlot> takeWoken() {
        List<FetchSlot> news = new ArrayList<>(4);
        for (FetchSlot slot = woken.poll(); slot != null; slot = woken.poll()) {
            news.add(slot);
        }
        return news;
    }

    private void readAgain(List<FetchSlot> news) {
        Set<FetchSlot> again = Collections.newSetFromMap(new IdentityHashMap<>());
        again.addAll(news);
        List<FetchSlot> inOrder = new ArrayList<>();
        for (FetchSlot slot : plan.slots()) {
            if (slot.bytes() > 0 || again.contains(slot)) {
                inOrder.add(slot);
            }
        }
        read(inOrder);
    }

    private void read(List<FetchSlot> slots) {
        int room = reader.maxBytes();
        boolean atLeastOne = true;
        for (FetchSlot slot : slots) {
            FetchPartition wanted = slot.wanted();
            slot.read(reader, Math.min(room, Math.max(0, wanted.partitionMaxBytes())), atLeastOne);
            if (slot.bytes() > 0) {
                room = Math.max(0, room - slot.bytes());
                atLeastOne = false;
            }
        }
    }

    /** Whether there is something to say now: enough bytes, or an error or divergence that must not wait. */
    private boolean enough() {
        if (plan.slots().isEmpty()) {
            return true;
        }
        long bytes = 0;
        for (FetchSlot slot : plan.slots()) {
            FetchOutcome outcome = slot.outcome();
            if (outcome.error() != Errors.NONE || outcome.diverging() != null) {
                return true;
            }
            bytes += slot.bytes();
        }
        return bytes >= reader.minBytes();
    }

    private void complete() {
        finish();
        FetchResponseData response;
        try {
            response = answer.of(plan);
        } catch (RuntimeException | Error e) {
            releaseAll();
            future.completeExceptionally(e);
            return;
        }
        // partitions that the answer leaves out may hold empty ranges
        releaseAll();
        future.complete(response);
    }

    private void completeEmpty() {
        if (!done) {
            releaseAll();
            complete();
        }
    }

    private void finish() {
        done = true;
        if (deadline != null) {
            deadline.cancel(false);
            plan.slots().forEach(FetchSlot::cancelWaiting);
            finished.accept(this);
        }
    }

    private void releaseAll() {
        plan.slots().forEach(FetchSlot::release);
    }
}
