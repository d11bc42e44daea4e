/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.fact.ConfigChanged;
import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.fact.VotersChanged;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Voters of one quorum in this process: real Ratis on loopback, probes answered by calling the other voter. */
final class TestQuorum implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int RAFT_PORT_OFFSET = 10_000;
    /** The Raft ports lie below those that the system gives to outgoing connections, which could take that of a killed voter. */
    private static final int FIRST_RAFT_PORT = 22_000;

    private static final int RAFT_PORTS = 10_000;
    /** Each port is used once in this process, though tests run beside each other. */
    private static final AtomicInteger NEXT_RAFT_PORT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(RAFT_PORTS));

    private static final int FIRST_CANDIDATE_INTERVAL_MS = 4_000;

    final String clusterId;
    final Path directory;
    final List<Voter> voters = new ArrayList<>();
    final Map<Integer, Node> nodes = new TreeMap<>();
    private final Map<String, String> overrides = new HashMap<>();
    private int electionTimeoutMinMs = 300;
    private int electionTimeoutMaxMs = 600;
    /** Answers of voters that do not run. */
    final Map<Integer, VoterStatus> answers = new ConcurrentHashMap<>();

    private boolean standInTurn;
    private int founders;

    /** One voter and what it told its owner. */
    static final class Node implements FactLog.Listener {
        final int id;
        final ImagePublisher publisher;
        final AtomicReference<Throwable> fatal = new AtomicReference<>();
        volatile int readyTerm = -1;
        volatile int readyCalls;
        final MetadataQuorum quorum;
        CompletableFuture<Void> start = new CompletableFuture<>();

        @SuppressWarnings("this-escape") // nobody calls the listener before start
        Node(QuorumConfig config) {
            this.id = config.nodeId();
            this.publisher = new ImagePublisher("metadata-" + id, failure -> fatal.compareAndSet(null, failure));
            this.quorum = MetadataQuorum.open(config, publisher, this, fatal::set);
            quorum.tellVoters(this::tell);
        }

        @Override
        public synchronized void onLeaderReady(int term) {
            readyTerm = term;
            readyCalls++;
        }

        @Override
        public synchronized void onNotLeader() {
            readyTerm = -1;
        }

        private CompletableFuture<Boolean> tell(List<Voter> voters) {
            return log().append(fact(readyTerm, log().applied().endOffset(), new VotersChanged(voters)));
        }

        MetadataImage image() {
            return publisher.current();
        }

        FactLog log() {
            return quorum.factLog();
        }
    }

    TestQuorum(String clusterId, Path directory, int size) throws IOException {
        this.clusterId = clusterId;
        this.directory = directory;
        for (int id = 1; id <= size; id++) {
            voters.add(new Voter(id, Uuid.ZERO_UUID, "127.0.0.1", freeRaftPort() - RAFT_PORT_OFFSET));
        }
        founders = size;
        overrides.put("raft.server.rpc.first-election.timeout.min", "100ms");
        overrides.put("raft.server.rpc.first-election.timeout.max", "200ms");
        // So that a restart replays the log, unless the test wants a snapshot.
        overrides.put("raft.server.snapshot.trigger-when-stop.enabled", "false");
    }

    /** The first so many form the quorum; the others may join it. */
    TestQuorum founders(int count) {
        founders = count;
        return this;
    }

    TestQuorum override(String key, String value) {
        overrides.put(key, value);
        return this;
    }

    /**
     * Of all elections but the first of each voter. In that the voters stand one after the other, since they must not split the
     * votes: a second attempt would wait for the long time-out.
     */
    TestQuorum electionTimeouts(int minMs, int maxMs) {
        electionTimeoutMinMs = minMs;
        electionTimeoutMaxMs = maxMs;
        standInTurn = true;
        return this;
    }

    private static int freeRaftPort() throws IOException {
        IOException last = new IOException("no port is free");
        for (int attempt = 0; attempt < RAFT_PORTS; attempt++) {
            int port = FIRST_RAFT_PORT + Math.floorMod(NEXT_RAFT_PORT.getAndIncrement(), RAFT_PORTS);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    QuorumConfig config(int id) {
        Map<String, String> settings = new HashMap<>(overrides);
        if (standInTurn) {
            int firstMs = 200 + (id - 1) * FIRST_CANDIDATE_INTERVAL_MS;
            settings.put("raft.server.rpc.first-election.timeout.min", firstMs + "ms");
            settings.put("raft.server.rpc.first-election.timeout.max", (firstMs + 1) + "ms");
        }
        List<Voter> configured = new ArrayList<>(voters.subList(0, founders));
        if (id > founders) {
            configured.add(voters.get(id - 1));
        }
        return new QuorumConfig(
                id,
                clusterId,
                configured,
                directory.resolve("voter-" + id),
                RAFT_PORT_OFFSET,
                electionTimeoutMinMs,
                electionTimeoutMaxMs,
                settings);
    }

    Node open(int id) {
        Node node = new Node(config(id));
        nodes.put(id, node);
        return node;
    }

    /** Opens the voter and starts it; a voter that is not open does not answer the others. */
    Node start(int id) {
        awaitPort(id);
        Node node = open(id);
        node.start = node.quorum.start(this::probe);
        return node;
    }

    /** As {@link #start}, and it waits to be taken in. */
    Node join(int id) {
        awaitPort(id);
        Node node = open(id);
        node.start = node.quorum.join(this::probe);
        return node;
    }

    /** The voter with the directory that it has now. */
    Voter voter(int id) {
        Voter voter = voters.get(id - 1);
        return new Voter(id, node(id).quorum.directoryId(), voter.host(), voter.port());
    }

    /** Somebody listens on the Raft port of a voter that does not run, and says nothing. */
    ServerSocket occupyRaftPort(int id) throws IOException {
        awaitPort(id);
        Voter voter = voters.get(id - 1);
        return new ServerSocket(VoterAddresses.raftPort(voter, config(id)), 1_000, InetAddress.getByName(voter.host()));
    }

    private void awaitPort(int id) {
        Voter voter = voters.get(id - 1);
        // Ratis gives its port back a moment after it was closed.
        awaitTrue("Raft port of voter " + id + " is free", () -> {
            try {
                VoterAddresses.checkFree(voter.host(), VoterAddresses.raftPort(voter, config(id)));
                return true;
            } catch (QuorumStartException e) {
                return false;
            }
        });
    }

    void startAll() {
        startFounders();
    }

    /** Those who form the quorum: all of them, unless the test says otherwise. */
    void startFounders() {
        voters.subList(0, founders).forEach(voter -> open(voter.nodeId()));
        nodes.values().forEach(node -> node.start = node.quorum.start(this::probe));
    }

    CompletableFuture<VoterStatus> probe(Voter voter) {
        Node node = nodes.get(voter.nodeId());
        VoterStatus answer = answers.get(voter.nodeId());
        if (answer != null) {
            return CompletableFuture.completedFuture(answer);
        }
        if (node == null) {
            return CompletableFuture.failedFuture(new IOException("connection refused"));
        }
        return CompletableFuture.completedFuture(node.quorum.status());
    }

    Node node(int id) {
        return Objects.requireNonNull(nodes.get(id));
    }

    void kill(int id) {
        Node node = Objects.requireNonNull(nodes.remove(id));
        node.quorum.stop();
        node.publisher.close();
    }

    Node awaitLeader() {
        return await("a ready leader", () -> {
            for (Node node : nodes.values()) {
                assertThat(node.fatal.get()).isNull();
                if (node.start.isCompletedExceptionally()) {
                    node.start.join();
                }
                if (node.readyTerm >= 0) {
                    return node;
                }
            }
            return null;
        });
    }

    /** Waits until all voters have applied up to {@code endOffset} and hold the same image. */
    void awaitAll(long endOffset) {
        for (Node node : nodes.values()) {
            awaitTrue(
                    "voter " + node.id + " applied " + endOffset,
                    () -> node.image().endOffset() >= endOffset);
        }
        // A fact more may be on its way: one that a leader writes by itself.
        awaitTrue("all voters hold the same image", () -> {
            MetadataImage first = nodes.values().iterator().next().image();
            return nodes.values().stream().allMatch(node -> node.image().equals(first));
        });
    }

    static FactBatch batch(int term, long baseOffset, String key, String value) {
        return fact(term, baseOffset, new ConfigChanged(ConfigResourceType.TOPIC, "orders", key, value));
    }

    private static FactBatch fact(int term, long baseOffset, MetadataFact fact) {
        return new FactBatch(term, baseOffset, 0, "test", "test", List.of(fact));
    }

    static @Nullable String value(MetadataImage image, String key) {
        return image.config(new ConfigKey(ConfigResourceType.TOPIC, "orders")).get(key);
    }

    /** Appends one fact at the leader, whoever that is, until it is applied. */
    void append(String key, String value) {
        append(new ConfigChanged(ConfigResourceType.TOPIC, "orders", key, value));
    }

    void append(MetadataFact fact) {
        await(fact + " applied", () -> {
            Node leader = awaitLeader();
            int term = leader.readyTerm;
            FactBatch batch = fact(term, leader.log().applied().endOffset(), fact);
            try {
                return leader.log().append(batch).get(10, TimeUnit.SECONDS) ? leader : null;
            } catch (Exception e) {
                return null;
            }
        });
    }

    static void awaitTrue(String what, BooleanSupplier condition) {
        await(what, () -> condition.getAsBoolean() ? what : null);
    }

    /** Polls until there is a value. */
    static <T> T await(String what, Supplier<T> value) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            T found = value.get();
            if (found != null) {
                return found;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("timed out waiting for " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    void killAll() {
        // Together: each takes up to a second, which Ratis' log worker sleeps.
        List<CompletableFuture<Void>> stopping = nodes.values().stream()
                .map(node -> CompletableFuture.runAsync(
                        () -> {
                            node.quorum.stop();
                            node.publisher.close();
                        },
                        work -> new Thread(work, "stop-" + node.id).start()))
                .toList();
        nodes.clear();
        stopping.forEach(CompletableFuture::join);
    }

    @Override
    public void close() {
        killAll();
    }
}
