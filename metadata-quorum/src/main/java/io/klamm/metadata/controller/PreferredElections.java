/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Preferred leaders on request, however many: one decision after the other, each of {@link PreferredLeaders#MAX_MOVES} partitions. What is
 * decided stays when a later one fails; to ask again for all of it does no harm. Confined to the controller thread.
 */
final class PreferredElections {
    private final GroupCommit commit;
    private final ControllerThread thread;
    private final LongSupplier nanoTime;

    PreferredElections(GroupCommit commit, ControllerThread thread, LongSupplier nanoTime) {
        this.commit = commit;
        this.thread = thread;
        this.nanoTime = nanoTime;
    }

    /**
     * @param asked which partitions; null for all, and then only those that are led by others have a result
     * @param timeoutMs for all decisions together
     */
    CompletableFuture<List<LeaderElectionResult>> elect(
            String actor, @Nullable List<TopicPartition> asked, long timeoutMs) {
        List<TopicPartition> due = asked == null
                ? LeaderElections.ledByOthers(commit.committed())
                : asked.stream().distinct().toList();
        long deadlineNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return next(actor, due, 0, new ArrayList<>(due.size()), deadlineNanos);
    }

    private CompletableFuture<List<LeaderElectionResult>> next(
            String actor, List<TopicPartition> due, int from, List<LeaderElectionResult> results, long deadlineNanos) {
        if (from == due.size()) {
            return CompletableFuture.completedFuture(results);
        }
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nanoTime.getAsLong());
        if (from > 0 && leftMs <= 0) {
            return CompletableFuture.failedFuture(
                    new TimeoutException(from + " of " + due.size() + " elections are decided"));
        }
        int to = Math.min(due.size(), from + PreferredLeaders.MAX_MOVES);
        List<TopicPartition> some = due.subList(from, to);
        String cause = "preferred leaders of " + some.size() + (some.size() == 1 ? " partition" : " partitions");
        return commit.submit(actor, cause, leftMs, image -> LeaderElections.preferred(image, some))
                .thenComposeAsync(
                        decided -> {
                            results.addAll(decided);
                            return next(actor, due, to, results, deadlineNanos);
                        },
                        thread);
    }
}
