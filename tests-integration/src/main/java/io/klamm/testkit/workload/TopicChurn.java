/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.ErrorText;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Topics are created, get a partition more, and are deleted, one after the other; some are there at any time. */
public record TopicChurn(String topic) implements Workload {
    private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration END = Duration.ofSeconds(60);
    private static final int FIRST_PARTITIONS = 2;
    private static final int MOST_TOPICS = 5;

    /** The topic that stays; the names of the others begin like it. */
    @Override
    public String topic() {
        return topic;
    }

    private String prefix() {
        return topic + "-";
    }

    @Override
    public Running start(Ground ground, HistoryRecorder history) {
        ground.createTopic(topic, 1, Map.of());
        return new Changes(this, ground, history).begun(START);
    }

    private static final class Changes implements Running {
        private final TopicChurn work;
        private final Ground ground;
        private final HistoryRecorder history;
        private final AtomicLong done = new AtomicLong();
        private final Queue<String> living = new ArrayDeque<>();
        private final WorkerThread thread;
        private volatile boolean stopping;

        Changes(TopicChurn work, Ground ground, HistoryRecorder history) {
            this.work = work;
            this.ground = ground;
            this.history = history;
            this.thread = new WorkerThread("topic-churn", this::run).start();
        }

        private void run() {
            try (Admin admin = KlammCluster.admin(ground.bootstrap())) {
                for (int number = 0; !stopping; number++) {
                    String name = work.prefix() + number;
                    short replicas = (short) ground.nodes().size();
                    living.add(name);
                    change(name, Change.CREATE, FIRST_PARTITIONS, () -> admin.createTopics(
                                    List.of(new NewTopic(name, FIRST_PARTITIONS, replicas)))
                            .all());
                    change(name, Change.GROW, FIRST_PARTITIONS + 1, () -> admin.createPartitions(
                                    Map.of(name, NewPartitions.increaseTo(FIRST_PARTITIONS + 1)))
                            .all());
                    if (living.size() > MOST_TOPICS) {
                        String oldest = living.remove();
                        change(oldest, Change.DELETE, 0, () -> admin.deleteTopics(List.of(oldest))
                                .all());
                    }
                }
            }
        }

        private interface Request {
            KafkaFuture<Void> send();
        }

        private void change(String name, Change change, int partitions, Request request) {
            if (stopping) {
                return;
            }
            long invokedNanos = history.now();
            Outcome outcome = Outcome.UNKNOWN;
            String error = null;
            try {
                request.send().get(25, TimeUnit.SECONDS);
                outcome = Outcome.OK;
            } catch (ExecutionException e) {
                // What the client has repeated says that it is done already.
                Throwable cause = e.getCause();
                if (cause instanceof TopicExistsException
                        || (cause instanceof InvalidPartitionsException && change == Change.GROW)) {
                    outcome = Outcome.OK;
                } else {
                    error = ErrorText.of(e);
                }
            } catch (TimeoutException e) {
                error = ErrorText.of(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stopping = true;
            }
            history.add(
                    new TopicChange(history.since(invokedNanos), "churn", name, change, partitions, outcome, error));
            if (outcome == Outcome.OK) {
                done.incrementAndGet();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }

        /** A topic is created, grows, and another one goes. */
        @Override
        public void awaitProgress(Duration atMost) {
            long target = done.get() + 3;
            Await.until("three more topics are changed", atMost, () -> done.get() >= target || !thread.isAlive());
            thread.check();
        }

        @Override
        public void finish(Duration atMost) {
            stopping = true;
            thread.end(END);
            TopicSurvey.take(ground, history, "churn", work.prefix(), atMost);
        }

        @Override
        public void close() {
            stopping = true;
            thread.join(END);
        }
    }
}
