/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/**
 * Something that has happened to the cluster. Facts are decided once, by the active controller; every node replays them,
 * in the order of the metadata log, into the same {@link io.klamm.metadata.image.MetadataImage}. A fact never says what to
 * do next, so replay needs no knowledge of the code that decided.
 */
public sealed interface MetadataFact
        permits ClusterCreated,
                MetadataVersionFinalized,
                BrokerRegistered,
                BrokerUnregistered,
                BrokerFenced,
                BrokerUnfenced,
                BrokerShutdownStarted,
                BrokerDirectoriesChanged,
                TopicCreated,
                TopicDeleted,
                PartitionCreated,
                PartitionChanged,
                ConfigChanged,
                ProducerIdsAllocated,
                VotersChanged,
                DigestRecorded {
    void accept(FactVisitor visitor);
}
