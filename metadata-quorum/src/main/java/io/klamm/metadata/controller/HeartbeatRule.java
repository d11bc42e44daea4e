/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerFenced;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;

/** Decides what a heartbeat changes, which mostly is nothing: fencing at will, unfencing, failed log dirs, controlled shutdown. */
final class HeartbeatRule {
    private final PartitionElector elector;

    HeartbeatRule(PartitionElector elector) {
        this.elector = elector;
    }

    /**
     * @param othersTookOver whether, when the broker is shutting down, the other brokers serve the metadata in which its
     *     partitions have new leaders
     */
    Decision<HeartbeatReply> decide(MetadataImage image, BrokerHeartbeat heartbeat, boolean othersTookOver) {
        Errors error = BrokerRegistrar.epochError(image, heartbeat.nodeId(), heartbeat.brokerEpoch());
        BrokerImage broker = image.broker(heartbeat.nodeId());
        if (broker == null || error != Errors.NONE) {
            return Decision.replyOnly(new HeartbeatReply(error, false, true, false));
        }
        boolean caughtUp = heartbeat.publishedOffset() > broker.brokerEpoch();
        List<Uuid> online = online(broker, heartbeat);
        if (image.metadataVersion() >= MetadataVersions.DIRECTORIES
                && online.size() < broker.registration().logDirs().size()) {
            // Nothing else for now: the next heartbeat asks for the rest again.
            return new Decision<>(
                    elector.directoriesChanged(image, broker, online, FactSize.MAX_BULK_BYTES),
                    new HeartbeatReply(Errors.NONE, caughtUp, broker.fenced(), false));
        }
        if (heartbeat.wantShutDown() || broker.shuttingDown()) {
            return shutDown(image, broker, caughtUp, othersTookOver);
        }
        if (heartbeat.wantFence()) {
            return new Decision<>(fence(image, broker), new HeartbeatReply(Errors.NONE, caughtUp, true, false));
        }
        if (broker.fenced() && caughtUp) {
            return new Decision<>(
                    elector.unfence(image, broker, FactSize.MAX_BULK_BYTES),
                    new HeartbeatReply(Errors.NONE, true, false, false));
        }
        return Decision.replyOnly(new HeartbeatReply(Errors.NONE, caughtUp, broker.fenced(), false));
    }

    private static List<Uuid> online(BrokerImage broker, BrokerHeartbeat heartbeat) {
        return broker.registration().logDirs().stream()
                .filter(directory -> !heartbeat.offlineLogDirs().contains(directory))
                .toList();
    }

    /** First its leaderships go elsewhere; when the others serve them it is fenced, and may stop. */
    private Decision<HeartbeatReply> shutDown(
            MetadataImage image, BrokerImage broker, boolean caughtUp, boolean othersTookOver) {
        HeartbeatReply wait = new HeartbeatReply(Errors.NONE, caughtUp, broker.fenced(), false);
        if (!broker.shuttingDown()) {
            return new Decision<>(elector.startShutdown(image, broker, FactSize.MAX_BULK_BYTES), wait);
        }
        if (PartitionElector.leads(image, broker.nodeId())) {
            return new Decision<>(elector.settle(image, List.of(broker.nodeId()), FactSize.MAX_BULK_BYTES), wait);
        }
        if (!othersTookOver && !broker.fenced()) {
            return Decision.replyOnly(wait);
        }
        return new Decision<>(fence(image, broker), new HeartbeatReply(Errors.NONE, caughtUp, true, true));
    }

    private List<MetadataFact> fence(MetadataImage image, BrokerImage broker) {
        return elector.fence(
                image, List.of(new BrokerFenced(broker.nodeId(), broker.brokerEpoch())), FactSize.MAX_BULK_BYTES);
    }
}
