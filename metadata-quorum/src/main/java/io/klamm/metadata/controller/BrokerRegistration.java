/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.Endpoint;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A broker asks to be registered.
 *
 * @param nodeId its id
 * @param clusterId the cluster it means to join
 * @param incarnationId id of its process
 * @param endpoints advertised endpoints by listener
 * @param rack its rack, or null
 * @param logDirs directory ids of its log dirs that are online
 * @param previousBrokerEpoch the broker epoch in its clean-shutdown mark, -1 when there is none (KIP-966)
 * @param minMetadataVersion lowest level of klamm.metadata.version it supports
 * @param maxMetadataVersion highest level it supports
 */
public record BrokerRegistration(
        int nodeId,
        String clusterId,
        Uuid incarnationId,
        List<Endpoint> endpoints,
        @Nullable String rack,
        List<Uuid> logDirs,
        long previousBrokerEpoch,
        short minMetadataVersion,
        short maxMetadataVersion) {}
