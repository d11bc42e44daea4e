/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.fact.Endpoint;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What a broker process says of itself when it registers.
 *
 * @param nodeId its id
 * @param clusterId the cluster it means to join
 * @param incarnationId id of this process
 * @param endpoints advertised endpoints of all listeners but CONTROLLER
 * @param rack its rack, or null
 * @param logDirs directory ids of its log dirs that are online
 * @param cleanShutdownEpoch broker epoch in the clean-shutdown marks, -1 when there is none
 */
public record BrokerIdentity(
        int nodeId,
        String clusterId,
        Uuid incarnationId,
        List<Endpoint> endpoints,
        @Nullable String rack,
        List<Uuid> logDirs,
        long cleanShutdownEpoch) {

    public BrokerIdentity {
        endpoints = List.copyOf(endpoints);
        logDirs = List.copyOf(logDirs);
    }

    BrokerIdentity withLogDirs(List<Uuid> online) {
        return new BrokerIdentity(nodeId, clusterId, incarnationId, endpoints, rack, online, cleanShutdownEpoch);
    }
}
