/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Futures that wait for an image to reach an end offset. Any thread; futures complete outside the lock. A future that its
 * owner cancels or times out is forgotten.
 */
@SuppressWarnings({"FutureReturnValueIgnored", "CollectionUndefinedEquality"}) // futures are kept by identity
final class OffsetWaiters {
    private final NavigableMap<Long, Set<CompletableFuture<MetadataImage>>> waiting = new TreeMap<>();
    private MetadataImage reached = MetadataImage.EMPTY;
    private @Nullable Throwable closed;

    CompletableFuture<MetadataImage> await(long endOffset) {
        CompletableFuture<MetadataImage> future = new CompletableFuture<>();
        synchronized (this) {
            if (closed != null) {
                return CompletableFuture.failedFuture(closed);
            }
            if (reached.endOffset() >= endOffset) {
                return CompletableFuture.completedFuture(reached);
            }
            waiting.computeIfAbsent(endOffset, offset -> new LinkedHashSet<>()).add(future);
        }
        future.whenComplete((image, error) -> {
            if (error != null) {
                forget(endOffset, future);
            }
        });
        return future;
    }

    void advance(MetadataImage image) {
        List<CompletableFuture<MetadataImage>> due = new ArrayList<>();
        synchronized (this) {
            reached = image;
            NavigableMap<Long, Set<CompletableFuture<MetadataImage>>> head = waiting.headMap(image.endOffset(), true);
            head.values().forEach(due::addAll);
            head.clear();
        }
        due.forEach(future -> future.complete(image));
    }

    void close(Throwable reason) {
        List<CompletableFuture<MetadataImage>> rest = new ArrayList<>();
        synchronized (this) {
            closed = reason;
            waiting.values().forEach(rest::addAll);
            waiting.clear();
        }
        rest.forEach(future -> future.completeExceptionally(reason));
    }

    private synchronized void forget(long endOffset, CompletableFuture<MetadataImage> future) {
        Set<CompletableFuture<MetadataImage>> futures = waiting.get(endOffset);
        if (futures != null && futures.remove(future) && futures.isEmpty()) {
            waiting.remove(endOffset);
        }
    }
}
