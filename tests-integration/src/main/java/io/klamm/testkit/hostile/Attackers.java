/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.Await;
import io.klamm.testkit.hostile.HostileRequest.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that send the requests of a {@link RequestFuzzer}, one after the other, each to the next node, and judge the answers. */
final class Attackers {
    private static final int TIMEOUT_MS = 250;
    private static final int RECENT = 40;
    private static final Duration ONE_ROUND = Duration.ofMinutes(2);

    /** What a request may take that nobody else is waited for in. */
    private static final int PATIENCE_MS = 20_000;

    private static final int TRIES = 5;

    private final RequestFuzzer fuzzer;
    private final List<Target> targets;
    private final List<InetSocketAddress> clientListeners;
    private final List<InetSocketAddress> controllerListeners;
    private final Verdict verdict;
    private final AnswerRules rules;
    private final AtomicLong next = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Target> answered = ConcurrentHashMap.newKeySet();
    private final Queue<HostileRequest> recent = new ConcurrentLinkedQueue<>();
    private final AtomicLong sentCount = new AtomicLong();
    private final AtomicLong answeredCount = new AtomicLong();
    private final AtomicLong closedCount = new AtomicLong();
    private final AtomicLong silentCount = new AtomicLong();
    private volatile boolean stopping;

    /** @param targets of the fuzzer, in its order */
    Attackers(
            RequestFuzzer fuzzer,
            List<Target> targets,
            List<InetSocketAddress> clientListeners,
            List<InetSocketAddress> controllerListeners,
            Verdict verdict) {
        this.fuzzer = fuzzer;
        this.targets = targets;
        this.clientListeners = clientListeners;
        this.controllerListeners = controllerListeners;
        this.verdict = verdict;
        this.rules = new AnswerRules(targets);
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::run, "attacker-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /** Goes on until each target had its turn, then stops. */
    void finish() throws InterruptedException {
        Await.until(
                "one round of hostile requests",
                ONE_ROUND,
                () -> next.get() >= targets.size() + threads.size()
                        || threads.stream().noneMatch(Thread::isAlive));
        stop();
        verdict.measured(sentCount + " hostile requests for " + targets.size() + " targets: " + answeredCount
                + " answered, " + closedCount + " connections closed by the node, " + silentCount
                + " without an answer within " + TIMEOUT_MS + " ms");
    }

    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
        }
    }

    private void run() {
        Map<InetSocketAddress, HostileConnection> open = new HashMap<>();
        try {
            while (!stopping) {
                HostileRequest request = fuzzer.request(next.getAndIncrement());
                play(request, node(request), open);
            }
        } catch (RuntimeException | Error e) {
            verdict.found("an attacker ended by " + e);
        } finally {
            open.values().forEach(HostileConnection::close);
        }
    }

    private InetSocketAddress node(HostileRequest request) {
        List<InetSocketAddress> nodes = request.target().controller() ? controllerListeners : clientListeners;
        return nodes.get((int) (request.number() % nodes.size()));
    }

    private void play(HostileRequest request, InetSocketAddress node, Map<InetSocketAddress, HostileConnection> open) {
        HostileConnection connection = open.remove(node);
        remember(request);
        try {
            if (connection == null) {
                connection = new HostileConnection(node, TIMEOUT_MS);
            }
            connection.send(request.wire());
            sentCount.incrementAndGet();
            if (!request.whole()) {
                connection.close(); // in the midst of a frame
                return;
            }
            judge(request, connection);
            answeredCount.incrementAndGet();
            open.put(node, connection);
            return;
        } catch (SocketTimeoutException e) {
            silentCount.incrementAndGet();
        } catch (IOException e) {
            closedCount.incrementAndGet();
        }
        if (connection != null) {
            connection.close();
        }
    }

    private void judge(HostileRequest request, HostileConnection connection) throws IOException {
        String wrong = rules.wrongIn(request, connection.answer());
        if (wrong != null) {
            verdict.found(wrong + ": " + request);
        } else if (request.wellFormed()) {
            answered.add(request.target());
        }
    }

    /**
     * Sees that each API answers: those that have not in the short time that attackers wait are asked again, with patience. When all
     * other threads have stopped.
     */
    void seeAllAnswer() {
        Map<String, List<Target>> silent = new LinkedHashMap<>();
        for (Target target : targets) {
            boolean heard = answered.stream().anyMatch(each -> isSameApi(each, target));
            if (!heard) {
                silent.computeIfAbsent(
                                target.api().name + (target.controller() ? " on a CONTROLLER listener" : ""),
                                api -> new ArrayList<>())
                        .add(target);
            }
        }
        silent.forEach((api, versions) -> {
            if (versions.stream().noneMatch(this::answersWithPatience)) {
                verdict.found("never answers though nothing is wrong with its requests: " + api);
            } else {
                verdict.measured("answers, but never within " + TIMEOUT_MS + " ms: " + api);
            }
        });
    }

    private static boolean isSameApi(Target one, Target other) {
        return one.api() == other.api() && one.controller() == other.controller();
    }

    private boolean answersWithPatience(Target target) {
        int tried = 0;
        for (long number = targets.indexOf(target); tried < TRIES; number += targets.size()) {
            HostileRequest request = fuzzer.request(number);
            if (!request.wellFormed()) {
                continue;
            }
            tried++;
            try (HostileConnection connection = new HostileConnection(node(request), PATIENCE_MS)) {
                connection.send(request.wire());
                judge(request, connection);
                return true;
            } catch (IOException e) {
                verdict.measured(target + " is silent for request " + number + ": " + e.getMessage());
            }
        }
        return false;
    }

    private void remember(HostileRequest request) {
        recent.add(request);
        if (recent.size() > RECENT) {
            recent.poll();
        }
    }

    /** The last requests, for who must explain what happened to a node. */
    List<HostileRequest> recent() {
        return List.copyOf(recent);
    }
}
