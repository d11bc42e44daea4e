/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchContext;
import io.klamm.replication.fetch.FetchTransport;
import io.klamm.replication.fetch.ReplicaFetchers;
import io.klamm.replication.partition.HighWatermarks;
import io.klamm.replication.partition.IsrChangeSender;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.LocalReplicas;
import io.klamm.replication.partition.ReplicaContext;
import io.klamm.replication.partition.Scheduler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;

/**
 * Nodes with the real replicas and fetchers over logs in memory, a model of the quorum, and a network that delays, loses and cuts; all
 * in one thread and virtual time, decided by one seed.
 */
public final class ModelCluster {
    private static final int LOST_AFTER_MS = 400;

    public final VirtualTime time = new VirtualTime();
    public final FixedSettings settings = new FixedSettings();
    public final ModelController controller;
    private final Random random;
    private final Map<Integer, Node> nodes = new TreeMap<>();
    private final Map<Integer, Long> cutUntilNanos = new TreeMap<>();
    private final Map<Integer, Long> fetchDelayMs = new TreeMap<>();
    private boolean healed;

    public ModelCluster(Random random, int nodeCount) {
        this.random = random;
        this.controller = new ModelController(this::spreadImage);
        for (int id = 1; id <= nodeCount; id++) {
            Node node = new Node(id);
            nodes.put(id, node);
            node.start();
        }
    }

    public Collection<Node> nodes() {
        return nodes.values();
    }

    public Node node(int id) {
        return nodes.get(id);
    }

    /** From now on nothing is lost, and nothing takes long. */
    public void heal() {
        healed = true;
        cutUntilNanos.clear();
    }

    /** Messages from one node to another are lost for a while; node 0 is the controller. */
    public void cut(int from, int to, long ms) {
        cutUntilNanos.put(from * 100 + to, time.getAsLong() + ms * 1_000_000);
    }

    /** From now on the answers to a node's fetches take so much longer, healed or not; forever with a negative number. */
    public void delayFetches(int nodeId, long ms) {
        fetchDelayMs.put(nodeId, ms);
    }

    private boolean lost(int from, int to) {
        Long until = cutUntilNanos.get(from * 100 + to);
        return !healed && ((until != null && until > time.getAsLong()) || random.nextInt(50) == 0);
    }

    private long delayMs() {
        return healed ? 1 + random.nextInt(3) : random.nextInt(12) == 0 ? random.nextInt(700) : 1 + random.nextInt(15);
    }

    private void spreadImage() {
        nodes.values().forEach(Node::sendImage);
    }

    /** A node and its processes, one after another. */
    public final class Node {
        private final int id;
        private InMemoryLogs logs;
        private Map<PartitionId, Long> savedHighWatermarks = Map.of();
        private int incarnation;
        private boolean up;
        private MetadataImage image = MetadataImage.EMPTY;
        private LocalReplicas replicas;
        private ModelFetchServer server;
        private final List<Link> links = new ArrayList<>();

        private Node(int id) {
            this.id = id;
            this.logs = new InMemoryLogs(new Uuid(11, id));
        }

        public int id() {
            return id;
        }

        public boolean up() {
            return up;
        }

        public int incarnation() {
            return incarnation;
        }

        public InMemoryLogs logs() {
            return logs;
        }

        public LocalReplica replica(PartitionId partition) {
            return up ? replicas.replica(partition) : null;
        }

        /** What each open lane to a source has in its fetch session. */
        public List<Set<PartitionId>> lanesTo(int source) {
            return links.stream()
                    .filter(link -> link.source == source && link.now == incarnation)
                    .map(link -> Set.copyOf(link.inSession))
                    .toList();
        }

        /** The process dies; its page cache lives on. */
        public void kill() {
            if (!up) {
                return;
            }
            up = false;
            incarnation++;
            int dead = incarnation;
            time.scheduleMs(delayMs() + 50, () -> {
                if (incarnation == dead) {
                    controller.fence(id);
                }
            });
        }

        public void start() {
            if (up) {
                return;
            }
            up = true;
            incarnation++;
            int now = incarnation;
            logs = logs.reopen(false);
            image = MetadataImage.EMPTY;
            Scheduler scheduler = (delay, task) -> time.schedule(delay, () -> {
                if (incarnation == now) {
                    task.run();
                }
            });
            FetchContext fetching = new FetchContext(id, this::brokerEpoch, time, scheduler, settings);
            ReplicaContext context = new ReplicaContext(
                    id,
                    time,
                    scheduler,
                    proposal -> propose(now, proposal),
                    (p, directory) -> {},
                    settings,
                    () -> image);
            replicas = new LocalReplicas(
                    context,
                    new Uuid(id, now),
                    logs,
                    Runnable::run,
                    new ReplicaFetchers(fetching, (source, lane) -> new Link(source, now)),
                    new HighWatermarks() {
                        @Override
                        public Map<PartitionId, Long> load() {
                            return savedHighWatermarks;
                        }

                        @Override
                        public void save(Map<PartitionId, Long> offsets) {
                            savedHighWatermarks = offsets;
                        }
                    },
                    other -> {
                        throw new AssertionError("node " + id + " was replaced by " + other);
                    });
            server = new ModelFetchServer(replicas::replica, scheduler);
            time.scheduleMs(delayMs(), () -> {
                if (incarnation == now) {
                    controller.register(id, new Uuid(id, now));
                }
            });
        }

        private long brokerEpoch() {
            return image.broker(id) == null ? -1 : image.broker(id).brokerEpoch();
        }

        /** Images come late and merged, never out of order. */
        private void sendImage() {
            int now = incarnation;
            if (lost(0, id)) {
                time.scheduleMs(LOST_AFTER_MS, () -> {
                    if (incarnation == now) {
                        sendImage();
                    }
                });
                return;
            }
            time.scheduleMs(delayMs(), () -> {
                MetadataImage newest = controller.image();
                if (incarnation != now || !up || newest.endOffset() <= image.endOffset()) {
                    return;
                }
                MetadataImage before = image;
                image = newest;
                replicas.onMetadata(MetadataDelta.between(before, newest));
                heartbeat(now);
            });
        }

        /** Unfences a broker that has applied its own registration. */
        private void heartbeat(int now) {
            if (image.broker(id) != null
                    && image.broker(id).registration().incarnationId().equals(new Uuid(id, now))) {
                long epoch = image.broker(id).brokerEpoch();
                time.scheduleMs(delayMs(), () -> {
                    if (incarnation == now) {
                        controller.unfence(id, epoch);
                    }
                });
            }
        }

        private CompletableFuture<IsrChangeSender.Reply> propose(int now, IsrChangeSender.Proposal proposal) {
            CompletableFuture<IsrChangeSender.Reply> reply = new CompletableFuture<>();
            time.scheduleMs(LOST_AFTER_MS, () -> {
                if (incarnation == now) {
                    reply.completeExceptionally(new IllegalStateException("no answer"));
                }
            });
            if (!lost(id, 0)) {
                time.scheduleMs(delayMs(), () -> {
                    IsrChangeSender.Reply answer = controller.changeIsr(id, proposal);
                    if (!lost(0, id)) {
                        time.scheduleMs(delayMs(), () -> {
                            if (incarnation == now) {
                                reply.complete(answer);
                            }
                        });
                    }
                });
            }
            return reply;
        }

        /** One connection for fetching. A request without answer fails after a while, though it may yet arrive. */
        private final class Link implements FetchTransport {
            private final int source;
            private final int now;
            private final Set<PartitionId> inSession = new HashSet<>();
            private boolean closed;

            private Link(int source, int now) {
                this.source = source;
                this.now = now;
                links.add(this);
            }

            @Override
            public void fetch(Request request, Listener listener) {
                if (request.sessionEpoch() == 0) {
                    inSession.clear();
                }
                request.forgotten().forEach(inSession::remove);
                request.partitions().forEach(partition -> inSession.add(partition.id()));
                List<Boolean> ended = new ArrayList<>();
                time.scheduleMs(request.maxWaitMs() + LOST_AFTER_MS, () -> end(ended, listener, null));
                if (lost(id, source)) {
                    return;
                }
                time.scheduleMs(delayMs(), () -> {
                    Node target = nodes.get(source);
                    if (target.up) {
                        target.server.fetch(request, response -> {
                            long extraMs = fetchDelayMs.getOrDefault(id, 0L);
                            if (!lost(source, id) && extraMs >= 0) {
                                time.scheduleMs(extraMs + delayMs(), () -> end(ended, listener, response));
                            }
                        });
                    }
                });
            }

            private void end(List<Boolean> ended, Listener listener, Response response) {
                if (ended.isEmpty() && incarnation == now && !closed) {
                    ended.add(true);
                    if (response == null) {
                        listener.done(null, new IllegalStateException("no answer of node " + source));
                    } else {
                        listener.done(response, null);
                    }
                }
            }

            @Override
            public void close() {
                closed = true;
                links.remove(this);
            }
        }
    }
}
