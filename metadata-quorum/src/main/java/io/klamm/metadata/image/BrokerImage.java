/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A registered broker.
 *
 * @param registration its latest registration, with the log dirs that are online now
 * @param fenced leads nothing and takes no leadership
 * @param shuttingDown in a controlled shutdown
 */
public record BrokerImage(BrokerRegistered registration, boolean fenced, boolean shuttingDown) {
    public int nodeId() {
        return registration.nodeId();
    }

    public long brokerEpoch() {
        return registration.brokerEpoch();
    }

    /** Whether it may lead partitions and join ISRs. */
    public boolean available() {
        return !fenced && !shuttingDown;
    }

    /**
     * Whether a replica whose directory id is {@code directory} has its log dir there (KIP-858). One that nobody has reported yet counts
     * as there: so brokers work that never report.
     */
    public boolean hasOnline(Uuid directory) {
        return directory.equals(Uuid.ZERO_UUID) || registration.logDirs().contains(directory);
    }

    public @Nullable Endpoint endpoint(String listenerName) {
        for (Endpoint endpoint : registration.endpoints()) {
            if (endpoint.listenerName().equals(listenerName)) {
                return endpoint;
            }
        }
        return null;
    }
}
