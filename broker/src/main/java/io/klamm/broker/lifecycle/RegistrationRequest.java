/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.controller.BrokerRegistrationHandler;
import io.klamm.metadata.fact.Endpoint;
import io.klamm.metadata.fact.MetadataVersions;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Feature;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Listener;

/** The registration of a broker as it goes over the wire. */
final class RegistrationRequest {
    private RegistrationRequest() {}

    /** @param previousBrokerEpoch epoch of the registration that the logs were closed or are open under, -1 when unknown */
    static BrokerRegistrationRequestData of(BrokerIdentity identity, long previousBrokerEpoch) {
        BrokerRegistrationRequestData request = new BrokerRegistrationRequestData()
                .setBrokerId(identity.nodeId())
                .setClusterId(identity.clusterId())
                .setIncarnationId(identity.incarnationId())
                .setRack(identity.rack())
                .setLogDirs(identity.logDirs())
                .setPreviousBrokerEpoch(previousBrokerEpoch);
        for (Endpoint endpoint : identity.endpoints()) {
            request.listeners()
                    .add(new Listener()
                            .setName(endpoint.listenerName())
                            .setHost(endpoint.host())
                            .setPort(endpoint.port())
                            .setSecurityProtocol(endpoint.securityProtocol()));
        }
        request.features()
                .add(new Feature()
                        .setName(BrokerRegistrationHandler.METADATA_FEATURE)
                        .setMinSupportedVersion(MetadataVersions.OLDEST)
                        .setMaxSupportedVersion(MetadataVersions.NEWEST));
        return request;
    }
}
