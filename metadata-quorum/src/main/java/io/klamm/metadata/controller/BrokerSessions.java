/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the active controller knows of the brokers beyond the facts: when each was last heard of, how far it is. Gone when
 * leadership goes; a new controller starts with a full session for everybody. Times are monotonic nanoseconds. Confined to
 * the controller thread.
 */
final class BrokerSessions {
    /** A broker silent for longer than this because the controller itself was late gets a new session. */
    private static final long MAX_LATENESS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final class Session {
        final long brokerEpoch;
        long lastHeardNanos;
        long publishedOffset = -1;
        /** End offset of the metadata when its controlled shutdown began, -1 when it has not. */
        long shutdownOffset = -1;

        boolean heard;
        boolean connectionLost;

        Session(long brokerEpoch, long nowNanos) {
            this.brokerEpoch = brokerEpoch;
            this.lastHeardNanos = nowNanos;
        }
    }

    private final long timeoutNanos;
    private final Map<Integer, Session> sessions = new HashMap<>();

    BrokerSessions(long timeoutMs) {
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    }

    void clear() {
        sessions.clear();
    }

    /** Starts the session of a broker, or starts it anew. */
    void start(int nodeId, long brokerEpoch, long nowNanos) {
        session(nodeId, brokerEpoch, nowNanos).lastHeardNanos = nowNanos;
    }

    void heartbeat(BrokerHeartbeat heartbeat, long nowNanos) {
        Session session = session(heartbeat.nodeId(), heartbeat.brokerEpoch(), nowNanos);
        session.lastHeardNanos = nowNanos;
        session.publishedOffset = Math.max(session.publishedOffset, heartbeat.publishedOffset());
        session.heard = true;
        session.connectionLost = false;
    }

    void connectionLost(int nodeId, long brokerEpoch, long nowNanos) {
        session(nodeId, brokerEpoch, nowNanos).connectionLost = true;
    }

    /** Whether its connection is lost and it has not been heard of since. */
    boolean isConnectionLost(int nodeId, long brokerEpoch) {
        Session session = find(nodeId, brokerEpoch);
        return session != null && session.connectionLost;
    }

    /** Whether this controller has ever heard of this incarnation. */
    boolean isHeard(int nodeId, long brokerEpoch) {
        Session session = find(nodeId, brokerEpoch);
        return session != null && session.heard;
    }

    void shutdownStarted(int nodeId, long brokerEpoch, long endOffset, long nowNanos) {
        Session session = session(nodeId, brokerEpoch, nowNanos);
        if (session.shutdownOffset == -1) {
            session.shutdownOffset = endOffset;
        }
    }

    /** Whether all other brokers serve what the controlled shutdown of this one made them: its partitions have new leaders. */
    boolean othersTookOver(MetadataImage image, int nodeId, long brokerEpoch) {
        Session leaving = find(nodeId, brokerEpoch);
        if (leaving == null || leaving.shutdownOffset == -1) {
            return false;
        }
        return image.brokers().values().stream()
                .filter(broker -> broker.nodeId() != nodeId && broker.available())
                .allMatch(broker -> {
                    Session other = find(broker.nodeId(), broker.brokerEpoch());
                    return other != null && other.publishedOffset >= leaving.shutdownOffset;
                });
    }

    /**
     * Unfenced brokers that have been silent for the session time-out. When the look itself is late, heartbeats may be
     * waiting unread: everybody gets a new session instead.
     *
     * @param dueNanos when this look was due
     */
    List<BrokerFenced> expired(MetadataImage image, long dueNanos, long nowNanos) {
        boolean late = nowNanos - dueNanos > MAX_LATENESS_NANOS;
        List<BrokerFenced> expired = new ArrayList<>();
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.fenced()) {
                continue;
            }
            Session session = session(broker.nodeId(), broker.brokerEpoch(), nowNanos);
            if (late) {
                session.lastHeardNanos = nowNanos;
            } else if (nowNanos - session.lastHeardNanos >= timeoutNanos) {
                expired.add(new BrokerFenced(broker.nodeId(), broker.brokerEpoch()));
            }
        }
        expired.sort(Comparator.comparingInt(BrokerFenced::nodeId));
        return expired;
    }

    private @Nullable Session find(int nodeId, long brokerEpoch) {
        Session session = sessions.get(nodeId);
        return session != null && session.brokerEpoch == brokerEpoch ? session : null;
    }

    private Session session(int nodeId, long brokerEpoch, long nowNanos) {
        Session session = find(nodeId, brokerEpoch);
        if (session == null) {
            session = new Session(brokerEpoch, nowNanos);
            sessions.put(nodeId, session);
        }
        return session;
    }
}
