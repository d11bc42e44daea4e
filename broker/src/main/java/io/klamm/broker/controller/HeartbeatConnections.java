/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.ConnectionListener;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

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

    private final Map<Long, Carried> byConnection = new HashMap<>();
    private final Map<Integer, Long> newest = new HashMap<>();
    /** Connections over which a registration or a heartbeat has come and that are still there. */
    private final Set<Long> open = new HashSet<>();

    private final Lost lost;

    public HeartbeatConnections(Lost lost) {
        this.lost = lost;
    }

    /** A registration or a heartbeat has come in over this connection. To be called on its event loop, before it can be reported closed. */
    synchronized void opens(long connectionId) {
        open.add(connectionId);
    }

    /** Whether a connection that a registration or a heartbeat came over is still there. */
    synchronized boolean isOpen(long connectionId) {
        return open.contains(connectionId);
    }

    /** A heartbeat that came in over this connection was accepted. When the connection has ended meanwhile, that is told now. */
    void carries(long connectionId, int nodeId, long brokerEpoch, boolean announcedShutdown) {
        Carried carried = new Carried(nodeId, brokerEpoch, announcedShutdown);
        synchronized (this) {
            if (open.contains(connectionId)) {
                Carried before = byConnection.put(connectionId, carried);
                if (before != null && before.nodeId != nodeId) {
                    newest.remove(before.nodeId, connectionId);
                }
                newest.put(nodeId, connectionId);
                return;
            }
            if (newest.containsKey(nodeId)) {
                return; // it has another one
            }
        }
        tell(carried);
    }

    @Override
    public void connectionClosed(long connectionId) {
        Carried carried;
        synchronized (this) {
            open.remove(connectionId);
            carried = byConnection.remove(connectionId);
            if (carried == null || !newest.remove(carried.nodeId, connectionId)) {
                return;
            }
        }
        tell(carried);
    }

    private void tell(Carried carried) {
        if (!carried.announcedShutdown) {
            lost.connectionLost(carried.nodeId, carried.brokerEpoch);
        }
    }
}
