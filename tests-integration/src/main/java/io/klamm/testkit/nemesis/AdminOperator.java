/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Reassignment;
import io.klamm.testkit.workload.TopicSurvey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.jspecify.annotations.Nullable;

/** An operator with an Admin client, who takes down what was asked for and what came of it. */
public final class AdminOperator implements Operator, AutoCloseable {
    private static final String PROCESS = "operator";
    private static final Duration DONE = Duration.ofSeconds(90);

    private final Ground ground;
    private final HistoryRecorder history;
    private final Admin admin;
    private final TopicBurst burst;
    private @Nullable Move open;
    /** Where replicas were when the last move was over: to ask a node that is frozen would hold the nemesis up. */
    private final Map<TopicPartition, List<Integer>> known = new HashMap<>();

    /**
     * What was begun.
     *
     * @param accepted ends when the controller has taken it
     */
    private record Move(
            long begunNanos,
            List<Integer> before,
            List<Integer> to,
            CompletableFuture<Long> accepted,
            CompletableFuture<Void> dropped) {}

    public AdminOperator(Ground ground, HistoryRecorder history) {
        this.ground = ground;
        this.history = history;
        this.admin = KlammCluster.admin(ground.bootstrap());
        this.burst = new TopicBurst(admin, PROCESS, ground.nodes().size(), history);
    }

    @Override
    public String dropReplica(TopicPartition partition, int node) {
        List<Integer> before = replicas(partition);
        List<Integer> to = before.stream().filter(id -> id != node).toList();
        begin(partition, before, to);
        return awaitReplicas(partition);
    }

    @Override
    public String beginReplicas(TopicPartition partition) {
        List<Integer> before = known.get(partition);
        if (before == null) {
            before = replicas(partition);
        }
        begin(partition, before, ground.nodes());
        return "asked to go from " + before + " to " + ground.nodes();
    }

    /** A controller refuses it while a node to go to is fenced, and one that is being replaced does not answer: it is asked until it takes it. */
    private void begin(TopicPartition partition, List<Integer> before, List<Integer> to) {
        CompletableFuture<Void> dropped = new CompletableFuture<>();
        long begunNanos = history.now();
        CompletableFuture<Long> accepted = CompletableFuture.supplyAsync(() -> {
            Await.until(
                    "a reassignment of " + partition + " from " + before + " to " + to + " is taken",
                    DONE,
                    () -> dropped.isDone() || alter(partition, Optional.of(new NewPartitionReassignment(to))));
            return history.now();
        });
        open = new Move(begunNanos, before, to, accepted, dropped);
    }

    private boolean alter(TopicPartition partition, Optional<NewPartitionReassignment> target)
            throws ExecutionException, InterruptedException, TimeoutException {
        admin.alterPartitionReassignments(Map.of(partition, target)).all().get(30, TimeUnit.SECONDS);
        return true;
    }

    @Override
    public String awaitReplicas(TopicPartition partition) {
        Move move = Objects.requireNonNull(open, "nothing was begun");
        long acceptedNanos = join(move);
        Await.until(
                partition + " goes from " + move.before + " to " + move.to,
                DONE,
                () -> isSettled(partition) && Set.copyOf(replicas(partition)).equals(Set.copyOf(move.to)));
        return over(partition, move, false) + ", which was taken after "
                + TimeUnit.NANOSECONDS.toMillis(acceptedNanos - move.begunNanos) + " ms";
    }

    @Override
    public String cancelReplicas(TopicPartition partition) {
        Move move = Objects.requireNonNull(open, "nothing was begun");
        move.dropped.complete(null);
        join(move);
        AtomicInteger asked = new AtomicInteger();
        AtomicBoolean inVain = new AtomicBoolean();
        Await.until("the reassignment of " + partition + " is taken back", DONE, () -> {
            try {
                asked.incrementAndGet();
                return alter(partition, Optional.empty());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof NoReassignmentInProgressException) {
                    // What was asked for before, without an answer, may have been done.
                    inVain.set(asked.get() == 1);
                    return true;
                }
                throw e;
            }
        });
        Await.until(partition + " is at rest", DONE, () -> isSettled(partition));
        String found = over(partition, move, true);
        if (inVain.get()) {
            throw new AssertionError("there was nothing to take back: " + partition + " " + found);
        }
        return "taken back: " + found;
    }

    private static long join(Move move) {
        try {
            return move.accepted.get(2 * DONE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("reassignment to " + move.to, e);
        }
    }

    private String over(TopicPartition partition, Move move, boolean cancelled) {
        List<Integer> found = replicas(partition);
        history.add(new Reassignment(
                history.since(move.begunNanos), PROCESS, partition, move.before, move.to, cancelled, found));
        open = null;
        known.put(partition, found);
        return "on " + found + " after " + TimeUnit.NANOSECONDS.toMillis(history.now() - move.begunNanos) + " ms";
    }

    private boolean isSettled(TopicPartition partition)
            throws ExecutionException, InterruptedException, TimeoutException {
        return admin.listPartitionReassignments(Set.of(partition))
                .reassignments()
                .get(10, TimeUnit.SECONDS)
                .isEmpty();
    }

    private List<Integer> replicas(TopicPartition partition) {
        String topic = partition.topic();
        return Await.get("replicas of " + partition, DONE, () -> {
            TopicDescription found = Objects.requireNonNull(admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(10, TimeUnit.SECONDS)
                    .get(topic));
            return found.partitions().get(partition.partition()).replicas().stream()
                    .map(Node::id)
                    .sorted()
                    .toList();
        });
    }

    @Override
    public String beginTopics() {
        return burst.begin();
    }

    @Override
    public String openTopics(long nanos) {
        return burst.open(nanos);
    }

    @Override
    public String endTopics() {
        return burst.end();
    }

    /** Looks at what was created, on every node. */
    public void finish(Duration atMost) {
        if (burst.anything()) {
            TopicSurvey.take(ground, history, PROCESS, TopicBurst.PREFIX, atMost);
        }
    }

    @Override
    public void close() {
        if (open != null) {
            open.dropped.complete(null);
        }
        burst.stop();
        admin.close(Duration.ofSeconds(5));
    }
}
