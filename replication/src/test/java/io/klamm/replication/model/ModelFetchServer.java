/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport.PartitionFetch;
import io.klamm.replication.fetch.FetchTransport.Request;
import io.klamm.replication.fetch.FetchTransport.Response;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.FetchWatcher;
import io.klamm.replication.partition.FetchedPartition;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.Scheduler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The source's side of a fetch, with sessions (KIP-227) and waiting, over the replicas of one node. */
public final class ModelFetchServer {
    private static final class Known {
        private PartitionFetch wanted;
        private FetchOutcome read = FetchOutcome.failed(Errors.NONE, -1, -1);
        private long toldHighWatermark = -1;
        private long toldLogStart = -1;
        /** Whether the next answer must look at it: named, with news, or with more to say than the last answer did. */
        private boolean due = true;

        private boolean watched;
        private Runnable unwatch = () -> {};

        private Known(PartitionFetch wanted) {
            this.wanted = wanted;
        }

        /** As the broker's sessions do. */
        private void want(PartitionFetch newer) {
            if (newer.currentLeaderEpoch() != wanted.currentLeaderEpoch()) {
                toldHighWatermark = -1;
            }
            wanted = newer;
            due = true;
        }
    }

    private static final class Session {
        private int expectedEpoch = 1;
        private final Map<PartitionId, Known> partitions = new LinkedHashMap<>();
        private Runnable parked = () -> {};
        private Runnable overtake = () -> {};
    }

    private final Function<PartitionId, PartitionReplica> replicas;
    private final Scheduler scheduler;
    private final Map<Integer, Session> sessions = new TreeMap<>();
    private int nextSessionId = 1;
    /** How many partitions the requests named, for tests of incremental requests. */
    public final List<Integer> namedPartitions = new ArrayList<>();

    public ModelFetchServer(Function<PartitionId, PartitionReplica> replicas, Scheduler scheduler) {
        this.replicas = replicas;
        this.scheduler = scheduler;
    }

    public void dropSessions() {
        sessions.clear();
    }

    /** The answer as it was read when it was given. */
    public void fetch(Request request, Consumer<Response> answer) {
        answerLater(request, later -> answer.accept(Objects.requireNonNull(later.get(), "nothing happens in between")));
    }

    /**
     * The answer comes without the records: like those of a file range, they are read when somebody takes them.
     *
     * @param answer gets what reads the whole answer; null when a file has become shorter: then the connection breaks
     */
    public void answerLater(Request request, Consumer<Supplier<@Nullable Response>> answer) {
        namedPartitions.add(request.partitions().size());
        int id = request.sessionId();
        boolean full = request.sessionEpoch() == 0;
        Session session;
        if (full) {
            sessions.remove(id);
            id = nextSessionId++;
            session = new Session();
            sessions.put(id, session);
        } else {
            session = sessions.get(id);
            if (session == null) {
                answer.accept(() -> new Response(Errors.FETCH_SESSION_ID_NOT_FOUND, 0, List.of()));
                return;
            }
            if (session.expectedEpoch != request.sessionEpoch()) {
                answer.accept(() -> new Response(Errors.INVALID_FETCH_SESSION_EPOCH, 0, List.of()));
                return;
            }
            session.expectedEpoch++;
            session.overtake.run();
        }
        for (PartitionFetch wanted : request.partitions()) {
            session.partitions
                    .computeIfAbsent(wanted.id(), any -> new Known(wanted))
                    .want(wanted);
        }
        request.forgotten().forEach(session.partitions::remove);
        new Job(request, id, session, full, answer).run();
    }

    private final class Job {
        private final Request request;
        private final int sessionId;
        private final Session session;
        private final boolean full;
        private final Consumer<Supplier<@Nullable Response>> answer;
        private final List<Runnable> cancels = new ArrayList<>();
        private final Map<PartitionId, InMemoryRange> ranges = new HashMap<>();
        private boolean done;

        private Job(
                Request request,
                int sessionId,
                Session session,
                boolean full,
                Consumer<Supplier<@Nullable Response>> answer) {
            this.request = request;
            this.sessionId = sessionId;
            this.session = session;
            this.full = full;
            this.answer = answer;
        }

        private void run() {
            if (!answer(full)) {
                cancels.add(scheduler.schedule(TimeUnit.MILLISECONDS.toNanos(request.maxWaitMs()), () -> answer(true)));
                session.parked = () -> scheduler.schedule(0, () -> answer(true));
                session.overtake = this::overtaken;
                session.partitions.values().forEach(this::watch);
            }
        }

        /** As the broker does it: what there is to say is for the next request, which has come already. */
        private void overtaken() {
            if (!done) {
                done = true;
                session.parked = () -> {};
                cancels.forEach(Runnable::run);
                answer.accept(() -> new Response(Errors.NONE, sessionId, List.of()));
            }
        }

        /** Partitions without news are left alone until their replica tells of some. */
        private void watch(Known known) {
            PartitionReplica replica = replicas.apply(known.wanted.id());
            if (known.watched || replica == null) {
                return;
            }
            known.watched = true;
            known.unwatch = replica.await(spec(known.wanted), known.read, new FetchWatcher() {
                @Override
                public void wake() {
                    known.due = true;
                    known.watched = false;
                    session.parked.run();
                }

                @Override
                public void stateMoved() {
                    known.due = true;
                }
            });
        }

        private boolean answer(boolean always) {
            if (done) {
                return true;
            }
            List<FetchedPartition> rows = new ArrayList<>();
            ranges.clear();
            boolean news = false;
            for (Known known : session.partitions.values()) {
                if (!full && !known.due) {
                    continue;
                }
                PartitionReplica replica = replicas.apply(known.wanted.id());
                FetchOutcome outcome = replica == null
                        ? FetchOutcome.failed(Errors.UNKNOWN_TOPIC_ID, -1, -1)
                        : replica.fetch(spec(known.wanted));
                known.read = outcome;
                known.unwatch.run();
                known.watched = false;
                boolean content =
                        outcome.error() != Errors.NONE || outcome.diverging() != null || outcome.records() != null;
                known.due = content;
                news |= content;
                if (full
                        || content
                        || outcome.highWatermark() != known.toldHighWatermark
                        || outcome.logStartOffset() != known.toldLogStart) {
                    rows.add(row(known, outcome));
                    known.due = true;
                } else if (outcome.records() != null) {
                    outcome.records().release();
                }
            }
            if (!always && !news) {
                return false;
            }
            done = true;
            session.parked = () -> {};
            cancels.forEach(Runnable::run);
            for (FetchedPartition row : rows) {
                Known known = session.partitions.get(row.id());
                boolean takenIn = row.error() == Errors.NONE && row.diverging() == null;
                known.toldHighWatermark = takenIn ? row.highWatermark() : -1;
                known.toldLogStart = row.logStartOffset();
                known.due = !takenIn || row.records() != null;
            }
            session.partitions.values().stream().filter(known -> !known.due).forEach(this::watch);
            Map<PartitionId, InMemoryRange> sent = Map.copyOf(ranges);
            answer.accept(() -> read(rows, sent));
            return true;
        }

        private @Nullable Response read(List<FetchedPartition> rows, Map<PartitionId, InMemoryRange> sent) {
            List<FetchedPartition> read = new ArrayList<>();
            for (FetchedPartition row : rows) {
                InMemoryRange range = sent.get(row.id());
                ByteBuffer records = range == null ? null : range.bytesNow();
                if (range != null && records == null) {
                    return null;
                }
                read.add(new FetchedPartition(
                        row.id(), row.error(), row.highWatermark(), row.logStartOffset(), row.diverging(), records));
            }
            return new Response(Errors.NONE, sessionId, read);
        }

        private FetchedPartition row(Known known, FetchOutcome outcome) {
            FetchedPartition row = new FetchedPartition(
                    known.wanted.id(),
                    outcome.error(),
                    outcome.highWatermark(),
                    outcome.logStartOffset(),
                    outcome.diverging(),
                    outcome.records() == null ? null : ((InMemoryRange) outcome.records()).bytes());
            if (outcome.records() instanceof InMemoryRange range) {
                ranges.put(row.id(), range);
                range.release();
            }
            return row;
        }

        private FetchSpec spec(PartitionFetch wanted) {
            return new FetchSpec(
                    request.replicaId(),
                    request.replicaEpoch(),
                    wanted.currentLeaderEpoch(),
                    wanted.position().fetchOffset(),
                    wanted.position().lastFetchedEpoch(),
                    wanted.position().logStartOffset(),
                    wanted.maxBytes(),
                    true,
                    false);
        }
    }
}
