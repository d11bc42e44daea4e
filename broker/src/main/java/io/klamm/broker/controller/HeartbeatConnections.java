/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ConnectionListener;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which connection carries which broker's heartbeats, so that the end of a connection tells at once that a broker may be dead
 * (design D6). A broker that has announced its shutdown, or that heartbeats over a newer connection, is not reported. Thread-safe.
 */
public final class HeartbeatConnections implements ConnectionListener {

    /** Told that the connection of a broker is gone without an announced shutdown. */
    @FunctionalInterface
    public interface Lost {
        void connectionLost(int nodeId, long brokerEpoch);
    }

    private record Carried(int nodeId, long brokerEpoch, boolean announcedShutdown) {}

    private final Map<Long, Carried> byConnection = new ConcurrentHashMap<>();
    private final Map<Integer, Long> newest = new ConcurrentHashMap<>();
    /** Open connections over which a broker has registered. */
    private final Set<Long> registering = ConcurrentHashMap.newKeySet();

    private final Lost lost;

    public HeartbeatConnections(Lost lost) {
        this.lost = lost;
    }

    /** A registration has come in over this connection. To be called on its event loop, before it can be reported closed. */
    void registers(long connectionId) {
        registering.add(connectionId);
    }

    /** Whether a connection that a registration came over is still there. */
    boolean isOpen(long connectionId) {
        return registering.contains(connectionId);
    }

    /** A heartbeat (or the registration before it) has come in and was accepted. */
    void carries(long connectionId, int nodeId, long brokerEpoch, boolean announcedShutdown) {
        byConnection.put(connectionId, new Carried(nodeId, brokerEpoch, announcedShutdown));
        newest.put(nodeId, connectionId);
    }

    @Override
    public void connectionClosed(long connectionId) {
        registering.remove(connectionId);
        Carried carried = byConnection.remove(connectionId);
        if (carried == null || !newest.remove(carried.nodeId, connectionId)) {
            return;
        }
        if (!carried.announcedShutdown) {
            lost.connectionLost(carried.nodeId, carried.brokerEpoch);
        }
    }
}
