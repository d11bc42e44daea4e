/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from time to time whether leaders are where they were placed (auto.leader.rebalance.enable), and moves them back, a bounded number
 * at a time. Settings count at each look. Confined to the controller thread.
 */
final class LeaderBalancer {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderBalancer.class);

    private final ElectionSettings settings;
    private final GroupCommit commit;
    private final ControllerThread thread;
    private final LongSupplier nanoTime;
    private long lastLookNanos;
    private boolean moving;
    /** A decision was full: the rest follows with the next tick, whether it is still above the percentage or not. */
    private boolean more;

    /** Tells the end of a move of an earlier reign from one of this. */
    private long reign;

    LeaderBalancer(ElectionSettings settings, GroupCommit commit, ControllerThread thread, LongSupplier nanoTime) {
        this.settings = settings;
        this.commit = commit;
        this.thread = thread;
        this.nanoTime = nanoTime;
    }

    /** Leadership is here or gone; the first look is a whole interval from now, when brokers have come back. */
    void begin() {
        reign++;
        moving = false;
        more = false;
        lastLookNanos = nanoTime.getAsLong();
    }

    /** Called again and again; does something when it is time to. */
    void look() {
        ElectionSettings now = settings.now(commit.committed());
        long sinceNanos = nanoTime.getAsLong() - lastLookNanos;
        boolean due = more || sinceNanos >= TimeUnit.MILLISECONDS.toNanos(now.checkIntervalMs());
        if (moving || !due || !now.rebalance()) {
            return;
        }
        lastLookNanos = nanoTime.getAsLong();
        int percentage = more ? 0 : now.imbalancePercentage();
        more = false;
        if (!PreferredLeaders.balance(commit.committed(), percentage, 1).isEmpty()) {
            move(percentage);
        }
    }

    private void move(int percentage) {
        long asked = reign;
        moving = true;
        CompletableFuture<Integer> moved =
                commit.submit("controller", "preferred leaders back in office", GroupCommit.OWN_TIMEOUT_MS, image -> {
                    List<MetadataFact> moves = PreferredLeaders.balance(image, percentage, PreferredLeaders.MAX_MOVES);
                    return new Decision<>(moves, moves.size());
                });
        thread.then(moved, (count, error) -> {
            if (asked == reign) {
                moving = false;
                more = count != null && count == PreferredLeaders.MAX_MOVES;
                if (count != null && count > 0) {
                    LOG.info("Moved leaders back to their preferred replicas: {}", count);
                }
            }
        });
    }
}
