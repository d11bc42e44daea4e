/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings back partitions whose ISR and ELR are empty (design D5.7): asks their last known ISR what it holds, as often as it
 * takes, and has the longest log elected. Confined to the controller thread.
 */
final class LastKnownIsrRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LastKnownIsrRecovery.class);

    private final ControllerPorts ports;
    private final GroupCommit commit;
    private final ControllerThread thread;
    private final LongSupplier nanoTime;
    private final RecoveryRounds rounds;
    private boolean electing;

    /** Tells answers to questions of an earlier reign from those of this one. */
    private long reign;

    LastKnownIsrRecovery(
            long uncleanTimeoutMs,
            ControllerPorts ports,
            GroupCommit commit,
            ControllerThread thread,
            LongSupplier nanoTime) {
        this.rounds = new RecoveryRounds(uncleanTimeoutMs);
        this.ports = ports;
        this.commit = commit;
        this.thread = thread;
        this.nanoTime = nanoTime;
    }

    /** Leadership is gone: nothing of what was reported counts any more. */
    void clear() {
        reign++;
        electing = false;
        rounds.clear();
    }

    List<PartitionId> partitions() {
        return rounds.partitions();
    }

    /** Looks at all partitions of the committed image. */
    void lookAtEverything() {
        MetadataImage image = commit.committed();
        List<PartitionId> all = new ArrayList<>();
        image.topics().values().forEach(topic -> {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                all.add(new PartitionId(topic.id(), partition));
            }
        });
        rounds.update(image, all, nanoTime.getAsLong());
    }

    /** Looks at what a batch changed. */
    void applied(FactBatch batch) {
        // Of those that wait some may have been deleted.
        Set<PartitionId> changed = new TreeSet<>(rounds.partitions());
        for (MetadataFact fact : batch.facts()) {
            if (fact instanceof PartitionChanged change) {
                changed.add(new PartitionId(change.topicId(), change.partition()));
            }
        }
        rounds.update(commit.committed(), changed, nanoTime.getAsLong());
        goOn();
    }

    /** Asks whom there is to ask, and elects where all that is needed has been said. */
    void goOn() {
        if (rounds.isEmpty()) {
            return;
        }
        rounds.questions(commit.committed(), nanoTime.getAsLong()).forEach(this::ask);
        if (!electing && !elections(commit.committed()).facts().isEmpty()) {
            elect();
        }
    }

    private void ask(RecoveryRounds.Question question) {
        long asked = reign;
        CompletableFuture<List<ReplicaLogInfo>> answer;
        try {
            answer = ports.replicaLogInfo(question.broker(), question.partitions());
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        thread.then(answer, (infos, error) -> {
            if (asked == reign) {
                rounds.answered(question, infos == null ? List.of() : infos, nanoTime.getAsLong());
                goOn();
            }
        });
    }

    private void elect() {
        long asked = reign;
        electing = true;
        CompletableFuture<List<PartitionId>> elected = commit.submit(
                "controller", "longest log of the last known in-sync replicas", GroupCommit.OWN_TIMEOUT_MS, pending -> {
                    RecoveryRounds.Elections elections = elections(pending);
                    return new Decision<>(elections.facts(), elections.early());
                });
        thread.then(elected, (early, error) -> {
            if (asked == reign) {
                electing = false;
                if (early != null) {
                    warn(early);
                    goOn();
                } // else the next tick tries again
            }
        });
    }

    private RecoveryRounds.Elections elections(MetadataImage image) {
        return rounds.elect(image, nanoTime.getAsLong(), FactSize.MAX_BULK_BYTES);
    }

    private static void warn(List<PartitionId> early) {
        if (!early.isEmpty()) {
            LOG.warn(
                    "UNCLEAN RECOVERY: unclean.recovery.timeout.ms passed, and {} partitions got a leader before all of their"
                            + " last known in-sync replicas had reported; acknowledged records may be lost. First of them: {}",
                    early.size(),
                    early.subList(0, Math.min(10, early.size())));
        }
    }
}
