/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;

/**
 * A linearizable metadata log with what can go wrong: replies are lost, entries are lost before they are in the log, entries
 * are committed late by the next leader, others get in between. One image stands for that of all nodes.
 */
@NullUnmarked // what is missing fails the test
@SuppressWarnings("FutureReturnValueIgnored") // what is scheduled completes futures of its own
final class ModelQuorum {
    /** Chances in percent; the rest goes well. */
    int lostReply;

    int lostEntry;
    int lateEntry;
    int foreignEntry;
    int delayMs = 5;

    final List<FactBatch> log = new ArrayList<>();
    MetadataImage image;
    private final ScheduledExecutorService executor;
    private final Random random;
    private int term;
    private ModelLog leader;
    private final List<Runnable> late = new ArrayList<>();

    ModelQuorum(MetadataImage image, ScheduledExecutorService executor, Random random) {
        this.image = image;
        this.executor = executor;
        this.random = random;
    }

    ModelLog node() {
        return new ModelLog();
    }

    /** Makes a node the leader of the next term, or nobody's when null. The old leader learns of it. */
    void elect(ModelLog next) {
        term++;
        if (leader != null) {
            leader.listener.onNotLeader();
        }
        leader = next;
        // What the old leader left in its log, the next one commits first, if it has it.
        settleLate();
        if (next != null) {
            next.listener.onLeaderReady(term);
        }
    }

    private void settleLate() {
        for (Runnable entry : List.copyOf(late)) {
            entry.run();
        }
        late.clear();
    }

    /** One entry is applied: the check that every node does. */
    private boolean apply(FactBatch batch, int entryTerm) {
        if (batch.term() != entryTerm || batch.baseOffset() != image.endOffset()) {
            return false;
        }
        image = image.apply(batch);
        log.add(batch);
        return true;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    final class ModelLog implements FactLog {
        Listener listener;

        @Override
        public MetadataImage applied() {
            return image;
        }

        @Override
        public CompletableFuture<Boolean> append(FactBatch batch) {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            int entryTerm = term;
            boolean leads = leader == this;
            executor.schedule(
                    () -> {
                        if (!leads || chance(lostEntry) || (entryTerm != term && chance(50))) {
                            result.completeExceptionally(new NotActiveControllerException("lost entry"));
                        } else if (chance(lateEntry)) {
                            late.add(() -> apply(batch, entryTerm));
                            result.completeExceptionally(new NotActiveControllerException("late entry"));
                        } else if (entryTerm != term) {
                            result.completeExceptionally(new NotActiveControllerException("not leader"));
                        } else {
                            boolean applied = !chance(foreignEntry) && apply(batch, entryTerm);
                            boolean lost = chance(lostReply);
                            // The reply may come in another reign than the one that asked.
                            executor.schedule(
                                    () -> {
                                        if (lost) {
                                            result.completeExceptionally(
                                                    new NotActiveControllerException("lost reply"));
                                        } else {
                                            result.complete(applied);
                                        }
                                    },
                                    random.nextInt(delayMs + 1),
                                    TimeUnit.MILLISECONDS);
                        }
                    },
                    random.nextInt(delayMs + 1),
                    TimeUnit.MILLISECONDS);
            return result;
        }

        @Override
        public CompletableFuture<Void> barrier() {
            CompletableFuture<Void> result = new CompletableFuture<>();
            int entryTerm = term;
            executor.schedule(
                    () -> {
                        if (leader != this || entryTerm != term || chance(lostEntry)) {
                            result.completeExceptionally(new NotActiveControllerException("no barrier"));
                        } else {
                            settleLate();
                            result.complete(null);
                        }
                    },
                    random.nextInt(delayMs + 1),
                    TimeUnit.MILLISECONDS);
            return result;
        }
    }
}
