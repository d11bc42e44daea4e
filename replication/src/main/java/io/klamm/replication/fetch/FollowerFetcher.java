/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.fetch;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.fetch.FetchTransport.PartitionFetch;
import io.klamm.replication.fetch.FetchTransport.Request;
import io.klamm.replication.fetch.FetchTransport.Response;
import io.klamm.replication.fetch.FollowedPartition.State;
import io.klamm.replication.partition.FetchPosition;
import io.klamm.replication.partition.FetchedPartition;
import io.klamm.replication.partition.FollowerStep;
import io.klamm.replication.partition.LocalReplica;
import io.klamm.replication.partition.ReplicationThrottle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches some partitions from one source node: one session, and one request that may wait there for records. When a partition comes
 * along meanwhile, or back, a second one overtakes it: the source then answers the first at once. The work of a round follows what has
 * changed since the one before, not the number of partitions.
 *
 * <p>It has no thread: answers are taken in, records appended, on the thread that completes them. Its lock guards the bookkeeping and is
 * not held while a partition's lock is taken for an append, or while a request is sent. What an answer does to a partition is checked
 * there against role, epoch and position, so an answer that comes after a change of role is harmless. A partition's lock may be taken
 * under it, to ask for the position, never the other way round.
 */
final class FollowerFetcher implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(FollowerFetcher.class);

    private final String name;
    private final FetchContext context;
    private final FetchTransport transport;
    private final Map<PartitionId, FollowedPartition> partitions = new LinkedHashMap<>();
    private final FetchSession session = new FetchSession();
    /** Broker epoch of this node in the session's requests. */
    private long sessionBrokerEpoch = -1;
    /** What the source's session holds, as far as this side knows. */
    private final Set<PartitionId> inSession = new LinkedHashSet<>();
    /** Active partitions that the next request must name. */
    private final Set<PartitionId> changed = new LinkedHashSet<>();
    /** Partitions that the session holds and must forget. */
    private final Set<PartitionId> forgotten = new LinkedHashSet<>();

    /** Those that rest after an error, by when they go on. */
    private final TreeSet<FollowedPartition> resting =
            new TreeSet<>(Comparator.comparing((FollowedPartition partition) -> partition, FollowerFetcher::byTime)
                    .thenComparing(FollowedPartition::id));

    private final Backoff sourceBackoff = new Backoff();
    private int active;
    /** Requests whose answers have not been taken in yet, in order: the second has overtaken the first. */
    private final ArrayDeque<Round> out = new ArrayDeque<>(2);

    private long lastRound;
    /** Something has changed that need not wait for the answer to the request that is out. */
    private boolean urgent;

    private boolean pumping;
    private boolean sourceRests;
    private @Nullable Runnable cancelWake;
    private long wakeAtNanos;
    private boolean closed;

    /** A request that is out. Guarded by the fetcher. */
    private static final class Round {
        final long number;
        final boolean opens;
        boolean answered;
        /** One before it has failed, so nobody knows what the source made of it. */
        boolean abandoned;

        Round(long number, boolean opens) {
            this.number = number;
            this.opens = opens;
        }
    }

    /** @param name of the source and lane, for logs */
    FollowerFetcher(String name, FetchContext context, FetchTransport transport) {
        this.name = name;
        this.context = context;
        this.transport = transport;
    }

    /** Adds a partition, or moves it to a new epoch. Takes effect with the next {@link #pump}. */
    synchronized void follow(LocalReplica replica, int leaderEpoch) {
        FollowedPartition partition = partitions.get(replica.id());
        if (partition == null || partition.replica != replica) {
            remove(replica.id());
            partition = new FollowedPartition(replica, leaderEpoch);
            partitions.put(replica.id(), partition);
            active++;
        } else if (partition.leaderEpoch == leaderEpoch && partition.state != State.STOPPED) {
            return;
        } else {
            partition.leaderEpoch = leaderEpoch;
            partition.backoff.reset();
            activate(partition);
        }
        partition.earlierRounds = lastRound;
        changed.add(partition.id());
        urgent = true;
    }

    synchronized void unfollow(PartitionId id) {
        remove(id);
    }

    synchronized boolean isEmpty() {
        return partitions.isEmpty();
    }

    /** Whether it would send right away: no request is out. */
    synchronized boolean idle() {
        return out.isEmpty();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            partitions.clear();
            active = 0;
            if (cancelWake != null) {
                cancelWake.run();
                cancelWake = null;
            }
        }
        transport.close();
    }

    /** Sends the next request when there is something to fetch and none is out that it must wait for. Not under any partition's lock. */
    void pump() {
        while (true) {
            Request request;
            Round round = null;
            List<FollowedPartition> flushing = new ArrayList<>(0);
            synchronized (this) {
                if (pumping) {
                    return; // whoever sends looks again afterwards
                }
                request = next(flushing);
                if (request != null) {
                    round = new Round(lastRound, request.sessionEpoch() == FetchSession.OPENING_EPOCH);
                    out.add(round);
                    pumping = true;
                }
            }
            flushing.forEach(this::awaitFlush);
            if (request == null || round == null) {
                return;
            }
            send(request, round);
            synchronized (this) {
                pumping = false;
            }
        }
    }

    /** @param flushing receives the partitions that must wait for their disk first */
    private @Nullable Request next(List<FollowedPartition> flushing) {
        if (closed || sourceRests || active == 0) {
            return null;
        }
        long brokerEpoch = context.brokerEpoch().getAsLong();
        boolean overtakes = !out.isEmpty();
        if (overtakes && !mayOvertake(brokerEpoch)) {
            return null;
        }
        urgent = false;
        if (brokerEpoch != sessionBrokerEpoch) {
            // The source knows each partition's follower by the epoch it was named with (KIP-903).
            session.reopen();
            sessionBrokerEpoch = brokerEpoch;
        }
        if (session.opening()) {
            changed.clear();
            forgotten.clear();
            inSession.clear();
            for (FollowedPartition partition : partitions.values()) {
                if (partition.state == State.ACTIVE) {
                    changed.add(partition.id());
                }
            }
        }
        List<PartitionId> named = List.copyOf(changed);
        changed.clear();
        List<PartitionFetch> fetches = new ArrayList<>(named.size());
        List<PartitionId> anew = new ArrayList<>(0);
        for (PartitionId id : named) {
            FollowedPartition partition = partitions.get(id);
            if (partition == null || partition.state != State.ACTIVE) {
                continue;
            }
            boolean missed = partition.missed;
            partition.missed = false;
            if (missed && inSession.contains(id)) {
                forgotten.add(id);
                anew.add(id);
                continue;
            }
            partition.durable = partition.replica.durable();
            if (!partition.durable.isDone()) {
                deactivate(partition, State.FLUSHING);
                flushing.add(partition);
                continue;
            }
            long pause = throttle().pauseNanos(id, partition.replica.topic(), context.nodeId());
            if (pause > 0) {
                pause(partition, pause);
                continue;
            }
            FetchPosition position = partition.replica.fetchPosition(partition.leaderEpoch);
            if (position == null || partition.durable.isCompletedExceptionally()) {
                deactivate(partition, State.STOPPED);
                continue;
            }
            fetches.add(new PartitionFetch(
                    id, partition.leaderEpoch, position, context.settings().fetchPartitionMaxBytes()));
            partition.askedOffset = position.fetchOffset();
            partition.askedRound = lastRound + 1;
            inSession.add(id);
            forgotten.remove(id);
        }
        if (!anew.isEmpty()) {
            changed.addAll(anew);
            urgent = true;
        }
        if (active == 0 || (fetches.isEmpty() && anew.isEmpty() && (session.opening() || overtakes))) {
            return null;
        }
        lastRound++;
        List<PartitionId> forgottenNow = List.copyOf(forgotten);
        forgotten.clear();
        forgottenNow.forEach(inSession::remove);
        // A request can be overtaken once there is a session.
        boolean waits = !session.opening() || session.refused();
        return new Request(
                context.nodeId(),
                brokerEpoch,
                session.id(),
                session.takeEpoch(),
                fetches,
                forgottenNow,
                waits ? context.settings().fetchWaitMaxMs() : 0,
                context.settings().fetchMinBytes(),
                context.settings().fetchResponseMaxBytes());
    }

    /** Only in an open session, and only one. */
    private boolean mayOvertake(long brokerEpoch) {
        return urgent
                && out.size() == 1
                && !out.element().opens
                && !session.opening()
                && brokerEpoch == sessionBrokerEpoch;
    }

    /** A transport that throws has not sent: the same as an answer that does not come. */
    private void send(Request request, Round round) {
        try {
            transport.fetch(request, (response, failure) -> onAnswer(round, response, failure));
        } catch (RuntimeException | Error e) {
            onAnswer(round, null, e);
        }
    }

    private void onAnswer(Round round, @Nullable Response response, @Nullable Throwable failure) {
        boolean known;
        synchronized (this) {
            if (round.answered) {
                return; // told twice
            }
            round.answered = true;
            known = !round.abandoned;
        }
        try {
            if (known) {
                takeIn(round, response, failure);
            }
        } finally {
            // Whatever was thrown: without this the lane would be silent for ever.
            synchronized (this) {
                out.remove(round);
            }
            pump();
        }
    }

    private void takeIn(Round round, @Nullable Response response, @Nullable Throwable failure) {
        Errors error = response == null ? Errors.NETWORK_EXCEPTION : response.error();
        if (response == null || error != Errors.NONE) {
            onFailure(error, failure);
        } else {
            synchronized (this) {
                session.accepted(round.opens, response.sessionId());
                sourceBackoff.reset();
            }
            for (FetchedPartition fetched : response.partitions()) {
                try {
                    take(round, fetched);
                } catch (RuntimeException | Error e) {
                    logger.error("{}: {} could not be taken in", name, fetched.id(), e);
                    restAfterFault(fetched.id());
                }
            }
        }
    }

    private synchronized void onFailure(Errors error, @Nullable Throwable failure) {
        session.failed(error);
        out.forEach(round -> round.abandoned = true);
        boolean lostSession = error == Errors.FETCH_SESSION_ID_NOT_FOUND || error == Errors.INVALID_FETCH_SESSION_EPOCH;
        if (lostSession && sourceBackoff.first()) {
            sourceBackoff.nextNanos(0); // at once, but only once
            return;
        }
        if (!closed && sourceBackoff.first()) {
            logger.warn("{}: {}", name, failure == null ? error : failure.getMessage());
        }
        sourceRests = true;
        long pause = sourceBackoff.nextNanos(context.settings().fetchBackoffMaxMs());
        context.scheduler().schedule(pause, () -> {
            synchronized (this) {
                sourceRests = false;
            }
            pump();
        });
    }

    /** What the answer says of one partition. */
    private void take(Round round, FetchedPartition fetched) {
        FollowedPartition partition;
        int leaderEpoch;
        long askedOffset;
        synchronized (this) {
            partition = partitions.get(fetched.id());
            if (partition == null || partition.state == State.STOPPED || round.number <= partition.earlierRounds) {
                return; // not wanted any more, or asked under an epoch that has ended
            }
            if (partition.state != State.ACTIVE
                    || partition.askedRound > round.number
                    || changed.contains(fetched.id())) {
                miss(partition);
                return;
            }
            leaderEpoch = partition.leaderEpoch;
            askedOffset = partition.askedOffset;
        }
        if (fetched.error() != Errors.NONE && fetched.error() != Errors.OFFSET_OUT_OF_RANGE) {
            rest(partition, leaderEpoch, fetched.error());
            return;
        }
        ByteBuffer records = fetched.records();
        int bytes = records == null ? 0 : records.remaining();
        FollowerStep step = partition.replica.apply(leaderEpoch, askedOffset, fetched);
        if (step == FollowerStep.APPENDED) {
            throttle().took(fetched.id(), partition.replica.topic(), context.nodeId(), bytes);
        }
        switch (step) {
            case APPENDED, TRUNCATED, STARTED_LATER -> goOn(partition, leaderEpoch);
            case UNCHANGED -> partition.backoff.reset();
            case UNCONFIRMED -> goOn(partition, leaderEpoch);
            case FOREIGN -> rest(partition, leaderEpoch, Errors.FENCED_LEADER_EPOCH);
            case REJECTED -> rest(partition, leaderEpoch, Errors.CORRUPT_MESSAGE);
            // It lags, and leaves the ISR when that lasts; then the others go on without it.
            case FULL -> rest(partition, leaderEpoch, Errors.KAFKA_STORAGE_ERROR);
            // With the role or the log gone, the next request finds no position and stops.
            case STALE, OFFLINE -> goOn(partition, leaderEpoch);
        }
    }

    /** An answer before this one has brought the partition to where it fetches from now; it is to be asked again from there. */
    private void miss(FollowedPartition partition) {
        partition.missed = true;
        if (partition.state == State.ACTIVE) {
            changed.add(partition.id());
            urgent = true;
        }
    }

    private ReplicationThrottle throttle() {
        return context.settings().throttles().follower();
    }

    private synchronized void goOn(FollowedPartition partition, int leaderEpoch) {
        if (partition.state == State.ACTIVE && partition.leaderEpoch == leaderEpoch) {
            partition.backoff.reset();
            changed.add(partition.id());
        }
    }

    /** The fetch offset says what this node holds, so it waits for the disk where appends must be durable (design D8). */
    @SuppressWarnings("FutureReturnValueIgnored") // the stage handles its own failure
    private void awaitFlush(FollowedPartition partition) {
        CompletableFuture<Void> durable = partition.durable;
        durable.whenComplete((done, failure) -> {
            if (partition.durable != durable || partition.state != State.FLUSHING) {
                return; // a new epoch has begun: a truncation, perhaps, under the partition's lock
            }
            synchronized (this) {
                if (partition.durable != durable || partition.state != State.FLUSHING) {
                    return;
                }
                activate(partition);
                changed.add(partition.id());
                urgent = true;
            }
            pump();
        });
    }

    private synchronized void restAfterFault(PartitionId id) {
        FollowedPartition partition = partitions.get(id);
        if (partition != null) {
            rest(partition, partition.leaderEpoch, Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    private synchronized void rest(FollowedPartition partition, int leaderEpoch, Errors error) {
        if (partitions.get(partition.id()) != partition || partition.leaderEpoch != leaderEpoch) {
            return;
        }
        // The source hears of a new topic or a new epoch a moment later than this node, or earlier.
        boolean ordinary = error == Errors.UNKNOWN_TOPIC_ID
                || error == Errors.UNKNOWN_LEADER_EPOCH
                || error == Errors.FENCED_LEADER_EPOCH
                || error == Errors.NOT_LEADER_OR_FOLLOWER;
        if (ordinary ? partition.backoff.lasting() : partition.backoff.first()) {
            logger.info("{}: {} epoch {}: {}", name, partition.id(), leaderEpoch, error);
        }
        pause(partition, partition.backoff.nextNanos(context.settings().fetchBackoffMaxMs()));
    }

    /** Leaves the session for so long: because of an error, or of a throttle (KIP-73). */
    private void pause(FollowedPartition partition, long nanos) {
        deactivate(partition, State.RESTING);
        partition.resumeAtNanos = context.nanoTime().getAsLong() + nanos;
        resting.add(partition);
        if (cancelWake == null || partition.resumeAtNanos - wakeAtNanos < 0) {
            wakeAt(partition.resumeAtNanos);
        }
    }

    /** One timer for all resting partitions. */
    private void wakeAt(long nanos) {
        if (cancelWake != null) {
            cancelWake.run();
        }
        wakeAtNanos = nanos;
        cancelWake = context.scheduler().schedule(nanos - context.nanoTime().getAsLong(), this::wake);
    }

    private void wake() {
        synchronized (this) {
            cancelWake = null;
            if (closed) {
                return;
            }
            long now = context.nanoTime().getAsLong();
            while (!resting.isEmpty() && resting.first().resumeAtNanos - now <= 0) {
                FollowedPartition partition = resting.first();
                activate(partition);
                changed.add(partition.id());
                urgent = true;
            }
            if (!resting.isEmpty()) {
                wakeAt(resting.first().resumeAtNanos);
            }
        }
        pump();
    }

    // ---- bookkeeping, under the lock
    // -------------------------------------------------------------------------------------------

    /** Monotonic times are compared by their difference. */
    private static int byTime(FollowedPartition one, FollowedPartition other) {
        return Long.signum(one.resumeAtNanos - other.resumeAtNanos);
    }

    private void remove(PartitionId id) {
        FollowedPartition partition = partitions.remove(id);
        if (partition != null) {
            deactivate(partition, State.STOPPED);
        }
    }

    private void activate(FollowedPartition partition) {
        resting.remove(partition);
        if (partition.state != State.ACTIVE) {
            partition.state = State.ACTIVE;
            active++;
        }
    }

    /** Leaves the session, so that the source neither reads for it nor answers. */
    private void deactivate(FollowedPartition partition, State state) {
        resting.remove(partition);
        if (partition.state == State.ACTIVE) {
            active--;
        }
        partition.state = state;
        changed.remove(partition.id());
        if (inSession.contains(partition.id())) {
            forgotten.add(partition.id());
        }
    }
}
