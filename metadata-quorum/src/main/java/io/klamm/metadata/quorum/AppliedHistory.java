/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The newest applied batches in memory. A batch leaves only when a snapshot covers it, so a reader that is told to load a
 * snapshot finds everything behind it here; in return the state machine takes a snapshot when {@link #wantsSnapshot()}.
 *
 * <p>One writer (the apply thread), any number of readers; one lock, never held while futures complete.
 */
final class AppliedHistory implements FactHistory {
    private final int maxBatches;
    private final long maxBytes;
    private final Executor waiterExecutor;
    /** Encoded batches by base offset; dense. */
    private final TreeMap<Long, Batch> batches = new TreeMap<>();

    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private long bytes;
    /** Of batches that no snapshot covers yet. */
    private long uncoveredBytes;

    private int uncoveredBatches;
    private long endOffset;
    private @Nullable SnapshotId snapshot;
    private boolean closed;

    private record Batch(long endOffset, ByteBuffer bytes) {}

    private static final class Waiter extends CompletableFuture<Void> {
        private final long offset;

        Waiter(long offset) {
            this.offset = offset;
        }
    }

    /**
     * @param maxBatches batches kept once a snapshot covers them
     * @param maxBytes bytes kept, likewise
     * @param waiterExecutor completes {@link #awaitAbove}, so that the apply thread does not run what follows
     */
    AppliedHistory(int maxBatches, long maxBytes, Executor waiterExecutor) {
        this.maxBatches = maxBatches;
        this.maxBytes = maxBytes;
        this.waiterExecutor = waiterExecutor;
    }

    /** @param encoded owned by the history from here on */
    void append(long baseOffset, long batchEndOffset, ByteBuffer encoded) {
        List<Waiter> ready;
        synchronized (this) {
            if (baseOffset != endOffset) {
                throw new IllegalStateException("batch at " + baseOffset + " does not follow " + endOffset);
            }
            batches.put(baseOffset, new Batch(batchEndOffset, encoded.asReadOnlyBuffer()));
            bytes += encoded.remaining();
            uncoveredBytes += encoded.remaining();
            uncoveredBatches++;
            endOffset = batchEndOffset;
            trim();
            ready = takeReady();
        }
        complete(ready);
    }

    /** A snapshot was taken of the state applied so far, or loaded in its place: {@code id} then is ahead of the history. */
    void snapshotReached(SnapshotId id) {
        List<Waiter> ready;
        synchronized (this) {
            snapshot = id;
            if (id.endOffset() > endOffset) { // facts are missing here: a gap, readers start at the snapshot
                batches.clear();
                bytes = 0;
                endOffset = id.endOffset();
            }
            uncoveredBytes = 0;
            uncoveredBatches = 0;
            for (Batch batch : batches.tailMap(id.endOffset(), true).values()) {
                uncoveredBytes += batch.bytes.remaining();
                uncoveredBatches++;
            }
            trim();
            ready = takeReady();
        }
        complete(ready);
    }

    /** True when so much is kept for want of a snapshot that one should be taken now. */
    synchronized boolean wantsSnapshot() {
        return uncoveredBytes > maxBytes / 2 || uncoveredBatches > maxBatches / 2;
    }

    private void trim() {
        SnapshotId covering = snapshot;
        if (covering == null) {
            return;
        }
        Iterator<Batch> oldest = batches.values().iterator();
        while ((bytes > maxBytes || batches.size() > maxBatches) && oldest.hasNext()) {
            Batch batch = oldest.next();
            if (batch.endOffset > covering.endOffset()) {
                return;
            }
            oldest.remove();
            bytes -= batch.bytes.remaining();
        }
    }

    private List<Waiter> takeReady() {
        List<Waiter> ready = new ArrayList<>();
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            if (waiter.offset < endOffset) {
                all.remove();
                ready.add(waiter);
            }
        }
        return ready;
    }

    private void complete(List<Waiter> ready) {
        if (!ready.isEmpty()) {
            waiterExecutor.execute(() -> ready.forEach(waiter -> waiter.complete(null)));
        }
    }

    @Override
    public synchronized long startOffset() {
        return batches.isEmpty() ? endOffset : batches.firstKey();
    }

    @Override
    public synchronized long endOffset() {
        return endOffset;
    }

    @Override
    public synchronized List<ByteBuffer> read(long offset, int maxReadBytes) {
        if (offset > endOffset) {
            throw new IndexOutOfBoundsException("offset " + offset + " is above the end offset " + endOffset);
        }
        if (offset < startOffset()) {
            SnapshotId newest = snapshot;
            if (newest == null) {
                throw new IndexOutOfBoundsException("offset " + offset + " is below zero");
            }
            throw new SnapshotNeededException(newest);
        }
        List<ByteBuffer> result = new ArrayList<>();
        Map.Entry<Long, Batch> first = batches.floorEntry(offset);
        if (first == null || offset == endOffset) {
            return result;
        }
        long size = 0;
        for (Batch batch : batches.tailMap(first.getKey(), true).values()) {
            size += batch.bytes.remaining();
            if (size > maxReadBytes && !result.isEmpty()) {
                break;
            }
            result.add(batch.bytes.duplicate());
        }
        return result;
    }

    @Override
    public CompletableFuture<Void> awaitAbove(long offset) {
        Waiter waiter = new Waiter(offset);
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(closedException());
            }
            if (offset < endOffset) {
                return CompletableFuture.completedFuture(null);
            }
            waiters.add(waiter);
        }
        CompletableFuture<Void> unused = waiter.whenComplete((done, cancelled) -> forget(waiter));
        return waiter;
    }

    private synchronized void forget(Waiter waiter) {
        waiters.remove(waiter);
    }

    /** Fails everybody who waits. The batches stay readable. */
    void close() {
        List<Waiter> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(waiters);
            waiters.clear();
        }
        all.forEach(waiter -> waiter.completeExceptionally(closedException()));
    }

    private static IllegalStateException closedException() {
        return new IllegalStateException("the metadata quorum is closed");
    }
}
