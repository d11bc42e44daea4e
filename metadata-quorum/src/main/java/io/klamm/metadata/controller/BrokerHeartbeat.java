/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * A broker says that it lives.
 *
 * @param nodeId its id
 * @param brokerEpoch epoch of its registration
 * @param publishedOffset end offset (exclusive) of the newest image whose roles it serves
 * @param wantFence asks to be fenced, or to stay so
 * @param wantShutDown has begun a controlled shutdown
 * @param offlineLogDirs directory ids of its log dirs that have failed since it registered; those once told stay offline
 */
public record BrokerHeartbeat(
        int nodeId,
        long brokerEpoch,
        long publishedOffset,
        boolean wantFence,
        boolean wantShutDown,
        List<Uuid> offlineLogDirs) {
    public BrokerHeartbeat {
        offlineLogDirs = List.copyOf(offlineLogDirs);
    }

    /** With all log dirs online. */
    public BrokerHeartbeat(
            int nodeId, long brokerEpoch, long publishedOffset, boolean wantFence, boolean wantShutDown) {
        this(nodeId, brokerEpoch, publishedOffset, wantFence, wantShutDown, List.of());
    }
}
