/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The fetch sessions of a node (KIP-227), bounded in number and in partitions. When it is full, a session unused for two minutes
 * makes room, or any consumer's session for a follower; who gets no session sends whole requests. Thread-safe.
 */
public final class FetchSessions {
    private static final long EVICT_AFTER_MS = 120_000;

    private final int maxSessions;
    private final int maxPartitions;
    private final LongSupplier clockMs;
    private final IntSupplier random;
    /** Least recently used first. */
    private final LinkedHashMap<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    private int partitions;

    /**
     * @param maxSessions bound of the sessions (max.incremental.fetch.session.cache.slots)
     * @param maxPartitions bound of the partitions in all sessions
     * @param clockMs monotonic time in ms
     * @param random for session ids
     */
    public FetchSessions(int maxSessions, int maxPartitions, LongSupplier clockMs, IntSupplier random) {
        this.maxSessions = maxSessions;
        this.maxPartitions = maxPartitions;
        this.clockMs = clockMs;
        this.random = random;
    }

    /** Sessions now; for metrics. */
    public synchronized int size() {
        return sessions.size();
    }

    /** Partitions in all sessions now; for metrics. */
    public synchronized int partitions() {
        return partitions;
    }

    /**
     * What a request wants to read, together with what its session already knows.
     *
     * @param byId whether the request names topics by id
     * @param loop what the caller runs on; a session stays on the loop of the connection that opened it
     */
    FetchPlan plan(FetchRequestData request, boolean byId, boolean follower, ScheduledExecutorService loop) {
        int epoch = request.sessionEpoch();
        if (epoch == FetchMetadata.FINAL_EPOCH || epoch == FetchMetadata.INITIAL_EPOCH) {
            if (request.sessionId() != FetchMetadata.INVALID_SESSION_ID) {
                close(request.sessionId());
            }
            FetchSession session = epoch == FetchMetadata.FINAL_EPOCH ? null : open(request, byId, follower, loop);
            return session == null ? sessionless(request, byId) : FetchPlan.full(session);
        }
        FetchSession session = use(request.sessionId());
        if (session == null || session.loop() != loop) {
            return FetchPlan.refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (session.byId() != byId) {
            // the client has changed the version: it starts anew
            close(session.id());
            return FetchPlan.refused(Errors.FETCH_SESSION_TOPIC_ID_ERROR);
        }
        if (!session.advance(epoch)) {
            return FetchPlan.refused(Errors.INVALID_FETCH_SESSION_EPOCH);
        }
        int size = session.update(request);
        if (!recount(session, size)) {
            close(session.id());
            return FetchPlan.refused(Errors.FETCH_SESSION_ID_NOT_FOUND);
        }
        if (size == 0) {
            close(session.id());
            return FetchPlan.sessionless(List.of(), new FetchNews());
        }
        return FetchPlan.incremental(session);
    }

    /** A partition that is named again is meant as it is named last, as in Apache Kafka. */
    private static FetchPlan sessionless(FetchRequestData request, boolean byId) {
        FetchNews news = new FetchNews();
        Map<FetchTarget, FetchSlot> slots = new LinkedHashMap<>();
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition wanted : topic.partitions()) {
                FetchTarget target = FetchTarget.of(byId, topic.topic(), topic.topicId(), wanted.partition());
                slots.put(target, new FetchSlot(target, wanted, news));
            }
        }
        return FetchPlan.sessionless(slots.values(), news);
    }

    private synchronized @Nullable FetchSession use(int id) {
        FetchSession session = sessions.get(id);
        if (session != null) {
            session.lastUsedMs = clockMs.getAsLong();
        }
        return session;
    }

    private synchronized void close(int id) {
        FetchSession session = sessions.remove(id);
        if (session != null) {
            closed(session);
        }
    }

    private void closed(FetchSession session) {
        partitions -= session.counted;
        try {
            session.loop().execute(session::close);
        } catch (RejectedExecutionException e) {
            // the loop is gone: the node stops
        }
    }

    private synchronized @Nullable FetchSession open(
            FetchRequestData request, boolean byId, boolean follower, ScheduledExecutorService loop) {
        int wanted = 0;
        for (FetchTopic topic : request.topics()) {
            wanted += topic.partitions().size();
        }
        if (wanted == 0 || wanted > maxPartitions) {
            return null;
        }
        while (sessions.size() >= maxSessions || partitions + wanted > maxPartitions) {
            if (!evictFor(follower)) {
                return null;
            }
        }
        FetchSession session = new FetchSession(newId(), byId, follower, loop);
        session.lastUsedMs = clockMs.getAsLong();
        session.counted = session.update(request);
        partitions += session.counted;
        sessions.put(session.id(), session);
        return session;
    }

    private boolean evictFor(boolean follower) {
        long now = clockMs.getAsLong();
        Iterator<Map.Entry<Integer, FetchSession>> leastRecentFirst =
                sessions.entrySet().iterator();
        while (leastRecentFirst.hasNext()) {
            FetchSession session = leastRecentFirst.next().getValue();
            boolean stale = now - session.lastUsedMs >= EVICT_AFTER_MS;
            if (stale || (follower && !session.follower())) {
                leastRecentFirst.remove();
                closed(session);
                return true;
            }
            if (!follower) {
                // in this order, the others are not stale either
                return false;
            }
        }
        return false;
    }

    /** Counts a session that has changed; false when there is no room for it. No effect on a session evicted meanwhile. */
    private synchronized boolean recount(FetchSession session, int size) {
        if (sessions.get(session.id()) != session) {
            return true;
        }
        partitions += size - session.counted;
        session.counted = size;
        return partitions <= maxPartitions;
    }

    private int newId() {
        while (true) {
            int id = random.getAsInt() & Integer.MAX_VALUE;
            if (id != FetchMetadata.INVALID_SESSION_ID && !sessions.containsKey(id)) {
                return id;
            }
        }
    }
}
