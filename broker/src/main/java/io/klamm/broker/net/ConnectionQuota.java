/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Bounds the connections of a node, in all (max.connections) and of one address (max.connections.per.ip). Thread-safe. */
public final class ConnectionQuota {
    private final int max;
    private final int maxPerAddress;
    private final Map<InetAddress, Integer> perAddress = new HashMap<>();
    private int total;

    public ConnectionQuota(int max, int maxPerAddress) {
        this.max = max;
        this.maxPerAddress = maxPerAddress;
    }

    /** Takes a place; false when there is none. */
    synchronized boolean enter(InetAddress address) {
        int ofAddress = perAddress.getOrDefault(address, 0);
        if (total >= max || ofAddress >= maxPerAddress) {
            return false;
        }
        total++;
        perAddress.put(address, ofAddress + 1);
        return true;
    }

    /** Gives the place back. */
    synchronized void leave(InetAddress address) {
        total--;
        perAddress.computeIfPresent(address, (key, count) -> count > 1 ? count - 1 : null);
    }
}
