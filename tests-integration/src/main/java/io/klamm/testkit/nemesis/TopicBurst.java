/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.Await;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Topics are created one after the other, a few requests at a time, so that some are on their way at any moment. */
final class TopicBurst {
    static final String PREFIX = "burst-";

    private static final int IN_FLIGHT = 4;
    private static final int PARTITIONS = 2;
    /** In one burst. */
    private static final int MOST = 60;

    private static final int KEPT = 3;
    private static final Duration ANSWERS = Duration.ofSeconds(60);

    private final Admin admin;
    private final String process;
    private final int replicas;
    private final HistoryRecorder history;

    private final Semaphore free = new Semaphore(IN_FLIGHT);
    private final ConcurrentLinkedQueue<String> created = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unknown = new AtomicInteger();
    private final AtomicLong slowestNanos = new AtomicLong();
    private int number;
    private volatile boolean stopping;
    private @Nullable Thread thread;

    TopicBurst(Admin admin, String process, int replicas, HistoryRecorder history) {
        this.admin = admin;
        this.process = process;
        this.replicas = replicas;
        this.history = history;
    }

    boolean anything() {
        return number > 0;
    }

    String begin() {
        created.clear();
        unknown.set(0);
        slowestNanos.set(0);
        stopping = false;
        int from = number;
        thread = new Thread(() -> run(from), "topic-burst");
        thread.setDaemon(true);
        thread.start();
        Await.until("the first topics are created", ANSWERS, () -> created.size() >= IN_FLIGHT);
        return "creating topics, " + IN_FLIGHT + " requests at a time";
    }

    private void run(int from) {
        for (number = from; number < from + MOST && !stopping; number++) {
            String name = PREFIX + number;
            try {
                free.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            ask(
                    name,
                    Change.CREATE,
                    PARTITIONS,
                    admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) replicas)))
                            .all());
        }
    }

    private void ask(String name, Change change, int partitions, KafkaFuture<Void> answer) {
        long invokedNanos = history.now();
        var unused = answer.whenComplete((done, error) -> {
            // What the client has repeated says that it is done already.
            boolean good = error == null
                    || (error instanceof TopicExistsException && change == Change.CREATE)
                    || (error instanceof UnknownTopicOrPartitionException && change == Change.DELETE);
            history.add(new TopicChange(
                    history.since(invokedNanos),
                    process,
                    name,
                    change,
                    partitions,
                    good ? Outcome.OK : Outcome.UNKNOWN));
            if (good && change == Change.CREATE) {
                created.add(name);
            } else if (!good) {
                unknown.incrementAndGet();
            }
            slowestNanos.accumulateAndGet(history.now() - invokedNanos, Math::max);
            free.release();
        });
    }

    String end() {
        stop();
        awaitAnswers();
        String told = created.size() + " topics created, " + unknown.get()
                + " requests without an answer; the slowest answer took "
                + TimeUnit.NANOSECONDS.toMillis(slowestNanos.get()) + " ms";
        List<String> doomed = new ArrayList<>(created);
        for (String name : doomed.subList(0, Math.max(0, doomed.size() - KEPT))) {
            free.acquireUninterruptibly();
            ask(name, Change.DELETE, 0, admin.deleteTopics(List.of(name)).all());
        }
        awaitAnswers();
        return told;
    }

    /** The client gives each request up after a time. */
    private void awaitAnswers() {
        Await.until("all requests are answered", ANSWERS, () -> free.availablePermits() == IN_FLIGHT);
    }

    void stop() {
        stopping = true;
        Thread running = thread;
        if (running != null) {
            try {
                running.join(ANSWERS.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
