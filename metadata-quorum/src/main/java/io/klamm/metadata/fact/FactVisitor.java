/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

/** One method for every type of fact, so that the compiler finds the place that forgets a new one. */
public interface FactVisitor {
    void visit(ClusterCreated fact);

    void visit(MetadataVersionFinalized fact);

    void visit(BrokerRegistered fact);

    void visit(BrokerUnregistered fact);

    void visit(BrokerFenced fact);

    void visit(BrokerUnfenced fact);

    void visit(BrokerShutdownStarted fact);

    void visit(BrokerDirectoriesChanged fact);

    void visit(TopicCreated fact);

    void visit(TopicDeleted fact);

    void visit(PartitionCreated fact);

    void visit(PartitionChanged fact);

    void visit(ConfigChanged fact);

    void visit(ProducerIdsAllocated fact);

    void visit(VotersChanged fact);

    void visit(DigestRecorded fact);
}
