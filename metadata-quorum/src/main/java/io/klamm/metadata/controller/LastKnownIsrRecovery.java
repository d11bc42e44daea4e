/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings back partitions whose ISR and ELR are empty (design D5.7): asks their last known ISR what it holds, as often as it
 * takes, and has the longest log elected. The same, of all their replicas, for partitions without an available member of ISR and ELR
 * where an unclean election is allowed or asked for (KIP-966). Confined to the controller thread.
 */
final class LastKnownIsrRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(LastKnownIsrRecovery.class);

    private final ControllerPorts ports;
    private final GroupCommit commit;
    private final ControllerThread thread;
    private final LongSupplier nanoTime;
    private final RecoveryRounds rounds;
    private final List<Request> requests = new ArrayList<>();
    private boolean electing;

    /** Tells answers to questions of an earlier reign from those of this one. */
    private long reign;

    /** An operator's wish for leaders. */
    private record Request(Set<PartitionId> partitions, long deadlineNanos, CompletableFuture<Void> ended) {}

    LastKnownIsrRecovery(
            RecoveryRounds rounds,
            ControllerPorts ports,
            GroupCommit commit,
            ControllerThread thread,
            LongSupplier nanoTime) {
        this.rounds = rounds;
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
        requests.clear(); // who waits for them is told by the controller
    }

    /**
     * Elects whoever has the longest log among the available replicas, of partitions without a leader.
     *
     * @return completes when all of them have leaders, or after the time-out; the image then tells which
     */
    CompletableFuture<Void> electUncleanly(Set<PartitionId> partitions, long timeoutMs) {
        Request request = new Request(
                Set.copyOf(partitions),
                nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMs),
                new CompletableFuture<>());
        requests.add(request);
        tellRequested();
        goOn();
        return request.ended();
    }

    private void tellRequested() {
        Set<PartitionId> all = new TreeSet<>();
        requests.forEach(request -> all.addAll(request.partitions()));
        rounds.request(commit.committed(), all, nanoTime.getAsLong());
    }

    /** Ends requests that have what they want, or have waited long enough. */
    private void endRequests() {
        MetadataImage image = commit.committed();
        long now = nanoTime.getAsLong();
        List<Request> ended = requests.stream()
                .filter(request -> now - request.deadlineNanos() >= 0
                        || request.partitions().stream().allMatch(id -> isSettled(image, id)))
                .toList();
        if (!ended.isEmpty()) {
            requests.removeAll(ended);
            tellRequested();
            ended.forEach(request -> request.ended().complete(null));
        }
    }

    private static boolean isSettled(MetadataImage image, PartitionId id) {
        PartitionState state = image.partition(id);
        return state == null || state.hasLeader();
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
            } else if (fact instanceof ConfigChanged change && change.key().equals(ElectionSettings.UNCLEAN)) {
                lookAtEverything();
            }
        }
        rounds.update(commit.committed(), changed, nanoTime.getAsLong());
        goOn();
    }

    /** Asks whom there is to ask, and elects where all that is needed has been said. */
    void goOn() {
        if (!requests.isEmpty()) {
            endRequests();
        }
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
        CompletableFuture<RecoveryRounds.Elections> elected = commit.submit(
                "controller", "longest log of the replicas that are there", GroupCommit.OWN_TIMEOUT_MS, pending -> {
                    RecoveryRounds.Elections elections = elections(pending);
                    return new Decision<>(elections.facts(), elections);
                });
        thread.then(elected, (elections, error) -> {
            if (asked == reign) {
                electing = false;
                if (elections != null) {
                    warn(elections);
                    goOn();
                } // else the next tick tries again
            }
        });
    }

    private RecoveryRounds.Elections elections(MetadataImage image) {
        return rounds.elect(image, nanoTime.getAsLong(), FactSize.MAX_BULK_BYTES);
    }

    private void warn(RecoveryRounds.Elections elections) {
        if (!elections.early().isEmpty()) {
            LOG.warn(
                    "UNCLEAN RECOVERY: unclean.recovery.timeout.ms passed, and {} partitions got a leader before all of their"
                            + " last known in-sync replicas had reported; acknowledged records may be lost. First of them: {}",
                    elections.early().size(),
                    first(elections.early()));
        }
        if (!elections.unclean().isEmpty()) {
            LOG.warn(
                    "UNCLEAN ELECTION: unclean.leader.election.enable, or an operator, let {} partitions go on without the replicas"
                            + " that have everything; acknowledged records may be lost. First of them: {}",
                    elections.unclean().size(),
                    first(elections.unclean()));
        }
    }

    /** The first few, with names and leaders. */
    private List<String> first(List<PartitionId> partitions) {
        MetadataImage image = commit.committed();
        return partitions.stream()
                .limit(10)
                .map(id -> {
                    TopicImage topic = image.topic(id.topicId());
                    PartitionState state = image.partition(id);
                    return topic == null || state == null
                            ? id.toString()
                            : topic.name() + "-" + id.partition() + " (leader " + state.leader() + ")";
                })
                .toList();
    }
}
