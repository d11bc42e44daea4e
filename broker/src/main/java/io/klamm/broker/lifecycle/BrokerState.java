/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a broker is in its life.
 *
 * <pre>
 *              registered          own registration published      unfenced
 *  STARTING ----------------> REGISTERED ----------------> FENCED ----------> RUNNING
 *     ^                           |                          |  ^                |
 *     |                           |                          |  +----- fenced ---+
 *     +---- the controller does not know this registration --+-------------------+
 *
 *  any of them --- stop ---> SHUTTING_DOWN ---> STOPPED
 * </pre>
 */
public enum BrokerState {
    /** Has no registration: looks for the controller and asks for one. */
    STARTING,
    /** Registered; follows the metadata up to its own registration. */
    REGISTERED,
    /** Has published its own registration; waits to be unfenced (again). */
    FENCED,
    /** Serves. */
    RUNNING,
    /** Asks the controller to move its leaders away. */
    SHUTTING_DOWN,
    /** Sends nothing more. */
    STOPPED;

    private static final Map<BrokerState, Set<BrokerState>> NEXT = new EnumMap<>(BrokerState.class);

    static {
        NEXT.put(STARTING, EnumSet.of(REGISTERED, SHUTTING_DOWN, STOPPED));
        NEXT.put(REGISTERED, EnumSet.of(FENCED, STARTING, SHUTTING_DOWN, STOPPED));
        NEXT.put(FENCED, EnumSet.of(RUNNING, STARTING, SHUTTING_DOWN, STOPPED));
        NEXT.put(RUNNING, EnumSet.of(FENCED, STARTING, SHUTTING_DOWN, STOPPED));
        NEXT.put(SHUTTING_DOWN, EnumSet.of(STOPPED));
        NEXT.put(STOPPED, EnumSet.noneOf(BrokerState.class));
    }

    public boolean mayBecome(BrokerState next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
    }
}
