/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * A log dir of a running broker has failed (KIP-858): its replicas there are offline until it registers again with that dir. Written
 * from {@link MetadataVersions#DIRECTORIES} on.
 *
 * @param nodeId the broker
 * @param brokerEpoch the epoch of the registration that this is about
 * @param logDirs directory ids of the log dirs that are online from now on
 */
public record BrokerDirectoriesChanged(int nodeId, long brokerEpoch, List<Uuid> logDirs) implements MetadataFact {
    public BrokerDirectoriesChanged {
        logDirs = List.copyOf(logDirs);
    }

    @Override
    public void accept(FactVisitor visitor) {
        visitor.visit(this);
    }
}
