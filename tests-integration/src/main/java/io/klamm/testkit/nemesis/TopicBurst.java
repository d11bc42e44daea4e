/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.Await;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Topics are created one after the other, and old ones deleted, a few requests at a time, so that some are on their way at any moment.
 */
final class TopicBurst {
    static final String PREFIX = "burst-";

    private static final int IN_FLIGHT = 4;
    private static final int PARTITIONS = 2;
    private static final int MOST_TOPICS = 12;
    /** In one burst; with the pauses between them they last longer than a play lets pass before it kills somebody. */
    private static final int MOST_REQUESTS = 600;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int KEPT = 3;
    /** The client gives a request up before that. */
    private static final Duration ANSWER = Duration.ofSeconds(40);

    private static final Duration ANSWERS = Duration.ofSeconds(60);

    private final Admin admin;
    private final String process;
    private final int replicas;
    private final HistoryRecorder history;

    private final Semaphore free = new Semaphore(IN_FLIGHT);
    private final ConcurrentLinkedQueue<String> created = new ConcurrentLinkedQueue<>();
    /** When the requests were begun that are not answered yet. */
    private final Queue<Long> open = new ConcurrentLinkedQueue<>();

    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();
    private final AtomicLong slowestNanos = new AtomicLong();
    private int number;
    private volatile boolean stopping;
    private @Nullable WorkerThread thread;

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
        done.set(0);
        unknown.set(0);
        slowestNanos.set(0);
        stopping = false;
        thread = new WorkerThread("topic-burst", this::run).start();
        Await.until("the first topics are created", ANSWERS, () -> done.get() >= IN_FLIGHT);
        return "creating topics, " + IN_FLIGHT + " requests at a time";
    }

    private void run() throws InterruptedException {
        for (int i = 0; i < MOST_REQUESTS && !stopping; i++) {
            if (!free.tryAcquire(ANSWER.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("no request about a topic was answered within " + ANSWER.toSeconds() + " s");
            }
            String oldest = created.size() > MOST_TOPICS ? created.poll() : null;
            if (oldest != null) {
                delete(oldest);
            } else {
                create(PREFIX + number++);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void create(String name) {
        long invokedNanos = history.now();
        ask(
                invokedNanos,
                name,
                Change.CREATE,
                PARTITIONS,
                admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) replicas)))
                        .all());
    }

    private void delete(String name) {
        long invokedNanos = history.now();
        ask(
                invokedNanos,
                name,
                Change.DELETE,
                0,
                admin.deleteTopics(List.of(name)).all());
    }

    private void ask(long invokedNanos, String name, Change change, int partitions, KafkaFuture<Void> answer) {
        open.add(invokedNanos);
        var unused = answer.whenComplete((nothing, error) -> {
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
            if (good) {
                done.incrementAndGet();
            } else {
                unknown.incrementAndGet();
            }
            if (good && change == Change.CREATE) {
                created.add(name);
            }
            open.remove(invokedNanos);
            slowestNanos.accumulateAndGet(history.now() - invokedNanos, Math::max);
            free.release();
        });
    }

    /** See {@link Operator#openTopics}. */
    String open(long nanos) {
        long waiting = open.stream().filter(begun -> begun < nanos).count();
        if (waiting == 0) {
            throw new AssertionError("nobody waited for an answer about a topic");
        }
        return waiting + " requests about topics were begun before, and not answered";
    }

    String end() {
        stop();
        WorkerThread ended = thread;
        if (ended != null) {
            ended.end(ANSWERS);
        }
        awaitAnswers();
        String told = done.get() + " topics created or deleted, " + unknown.get()
                + " requests without an answer; the slowest answer took "
                + TimeUnit.NANOSECONDS.toMillis(slowestNanos.get()) + " ms";
        List<String> doomed = new ArrayList<>(created);
        for (String name : doomed.subList(0, Math.max(0, doomed.size() - KEPT))) {
            Await.until("a request about a topic is answered", ANSWER, free::tryAcquire);
            delete(name);
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
        WorkerThread running = thread;
        if (running != null) {
            running.join(ANSWERS);
        }
    }
}
