/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.hostile.HostileRequest.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/** Threads that send the requests of a {@link RequestFuzzer}, one after the other, each to the next node, and look at the answers. */
final class Attackers {
    private static final int TIMEOUT_MS = 250;
    private static final int RECENT = 40;

    private final RequestFuzzer fuzzer;
    private final List<InetSocketAddress> clientListeners;
    private final List<InetSocketAddress> controllerListeners;
    private final AtomicLong next;
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Target> sent = ConcurrentHashMap.newKeySet();
    private final Set<Target> answered = ConcurrentHashMap.newKeySet();
    private final Map<Target, Long> unanswered = new ConcurrentHashMap<>();
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final Queue<HostileRequest> recent = new ConcurrentLinkedQueue<>();
    private final Counts counts = new Counts();
    private volatile boolean stopping;

    /** What became of the requests. */
    static final class Counts {
        final AtomicLong sent = new AtomicLong();
        final AtomicLong answered = new AtomicLong();
        final AtomicLong closed = new AtomicLong();
        final AtomicLong silent = new AtomicLong();

        @Override
        public String toString() {
            return sent + " requests: " + answered + " answered, " + closed + " connections closed by the node, "
                    + silent + " without an answer within " + TIMEOUT_MS + " ms";
        }
    }

    /** @param first number of the first request */
    Attackers(
            RequestFuzzer fuzzer,
            List<InetSocketAddress> clientListeners,
            List<InetSocketAddress> controllerListeners,
            long first) {
        this.fuzzer = fuzzer;
        this.clientListeners = clientListeners;
        this.controllerListeners = controllerListeners;
        this.next = new AtomicLong(first);
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::run, "attacker-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    void finish() throws InterruptedException {
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
                List<InetSocketAddress> nodes = request.target().controller() ? controllerListeners : clientListeners;
                InetSocketAddress node = nodes.get((int) (request.number() % nodes.size()));
                play(request, node, open);
            }
        } catch (RuntimeException | Error e) {
            findings.add("an attacker ended by " + e);
        } finally {
            open.values().forEach(HostileConnection::close);
        }
    }

    private void play(HostileRequest request, InetSocketAddress node, Map<InetSocketAddress, HostileConnection> open) {
        HostileConnection connection = open.remove(node);
        remember(request);
        try {
            if (connection == null) {
                connection = new HostileConnection(node, TIMEOUT_MS);
            }
            connection.send(request.wire());
            counts.sent.incrementAndGet();
            if (request.wellFormed()) {
                sent.add(request.target());
            }
            if (!request.whole()) {
                connection.close(); // in the midst of a frame
                return;
            }
            look(request, connection.answer());
            counts.answered.incrementAndGet();
            open.put(node, connection);
            return;
        } catch (SocketTimeoutException e) {
            counts.silent.incrementAndGet();
            if (request.wellFormed()) {
                unanswered.merge(request.target(), 1L, Long::sum);
            }
        } catch (IOException e) {
            counts.closed.incrementAndGet();
        }
        if (connection != null) {
            connection.close();
        }
    }

    private void look(HostileRequest request, ByteBuffer answer) {
        int correlationId = answer.getInt(0);
        if (!request.wellFormed()) {
            return;
        }
        Target target = request.target();
        if (correlationId != (int) request.number()) {
            findings.add("answered with correlation id " + correlationId + ": " + request);
            return;
        }
        answered.add(target);
        String wrong = wrongIn(target, (int) request.number(), answer);
        if (wrong != null) {
            findings.add(wrong + ": " + request);
        }
    }

    /** What must not be in the answer of a request that the codec could read; null when there is no such thing. */
    private static @Nullable String wrongIn(Target target, int correlationId, ByteBuffer answer) {
        AbstractResponse response;
        try {
            RequestHeader header =
                    new RequestHeader(target.api(), target.version(), RequestFuzzer.CLIENT, correlationId);
            response = AbstractResponse.parseResponse(answer, header);
        } catch (RuntimeException e) {
            return "an answer that cannot be read (" + e + ")";
        }
        try {
            return response.errorCounts().containsKey(Errors.UNKNOWN_SERVER_ERROR) ? "UNKNOWN_SERVER_ERROR" : null;
        } catch (RuntimeException e) {
            return null; // Kafka's class cannot count what was asked for twice
        }
    }

    private void remember(HostileRequest request) {
        recent.add(request);
        if (recent.size() > RECENT) {
            recent.poll();
        }
    }

    /** Answers that should not be. */
    List<String> findings() {
        return List.copyOf(findings);
    }

    /** The last requests, for who must explain what happened to a node. */
    List<HostileRequest> recent() {
        return List.copyOf(recent);
    }

    Counts counts() {
        return counts;
    }

    /** Targets to which a request was sent as the codec would write it. */
    Set<Target> sent() {
        return Set.copyOf(sent);
    }

    /** Those of which such a request was answered in time. */
    Set<Target> answered() {
        return Set.copyOf(answered);
    }

    long nextNumber() {
        return next.get();
    }
}
