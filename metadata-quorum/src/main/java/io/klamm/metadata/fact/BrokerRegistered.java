/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A broker process has registered. It starts fenced. Its broker epoch is {@code brokerEpoch}, the offset of this very
 * fact in the metadata log.
 *
 * @param nodeId the node's id
 * @param brokerEpoch offset of this fact
 * @param incarnationId id of the process; another process under the same node id has another one
 * @param endpoints advertised endpoints by listener
 * @param rack rack of the broker, or null
 * @param logDirs directory ids of its log dirs, of those that are online
 * @param minMetadataVersion lowest level of klamm.metadata.version it supports
 * @param maxMetadataVersion highest level it supports
 * @param cleanShutdown whether the previous incarnation is known to have stopped cleanly (KIP-966: its clean-shutdown mark
 *     names the broker epoch of the registration before this one), or there was no previous one
 */
public record BrokerRegistered(
        int nodeId,
        long brokerEpoch,
        Uuid incarnationId,
        List<Endpoint> endpoints,
        @Nullable String rack,
        List<Uuid> logDirs,
        short minMetadataVersion,
        short maxMetadataVersion,
        boolean cleanShutdown)
        implements MetadataFact {
    public BrokerRegistered {
        endpoints = List.copyOf(endpoints);
        logDirs = List.copyOf(logDirs);
    }

    /** The registration with other log dirs. */
    public BrokerRegistered withLogDirs(List<Uuid> online) {
        return new BrokerRegistered(
                nodeId,
                brokerEpoch,
                incarnationId,
                endpoints,
                rack,
                online,
                minMetadataVersion,
                maxMetadataVersion,
                cleanShutdown);
    }

    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
