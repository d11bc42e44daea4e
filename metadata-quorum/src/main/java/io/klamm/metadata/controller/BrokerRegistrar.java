/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.BrokerRegistered;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.MetadataVersionFinalized;
import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.image.BrokerImage;
import io.klamm.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Decides registrations of brokers. */
final class BrokerRegistrar {
    private final PartitionElector elector;

    BrokerRegistrar(PartitionElector elector) {
        this.elector = elector;
    }

    /**
     * @param goneEpoch broker epoch of an incarnation that is known to be dead though it is not fenced yet, or -1
     */
    Decision<RegistrationReply> register(MetadataImage image, BrokerRegistration registration, long goneEpoch) {
        RegistrationReply refusal = check(image, registration);
        if (refusal != null) {
            return Decision.replyOnly(refusal);
        }
        BrokerImage previous = image.broker(registration.nodeId());
        if (previous != null && isSame(previous, registration)) {
            return Decision.replyOnly(new RegistrationReply(Errors.NONE, "", previous.brokerEpoch()));
        }
        if (previous != null && needsProofOfDeath(previous, registration) && previous.brokerEpoch() != goneEpoch) {
            return Decision.replyOnly(refused(
                    Errors.DUPLICATE_BROKER_REGISTRATION,
                    "Another process with node.id " + registration.nodeId()
                            + " is alive; if it is not, this one will be let" + " in when its session ends"));
        }
        long brokerEpoch = image.endOffset();
        BrokerRegistered fact = new BrokerRegistered(
                registration.nodeId(),
                brokerEpoch,
                registration.incarnationId(),
                registration.endpoints(),
                registration.rack(),
                registration.logDirs(),
                registration.minMetadataVersion(),
                registration.maxMetadataVersion(),
                previous == null || registration.previousBrokerEpoch() == previous.brokerEpoch());
        List<MetadataFact> facts = new ArrayList<>(elector.register(image, fact));
        short level = supported(image, fact);
        if (level > image.metadataVersion()) {
            facts.add(new MetadataVersionFinalized(level));
        }
        return new Decision<>(facts, new RegistrationReply(Errors.NONE, "", brokerEpoch));
    }

    /** The highest level that all brokers support once this one is registered. */
    private static short supported(MetadataImage image, BrokerRegistered registration) {
        short level = (short) Math.min(MetadataVersions.NEWEST, registration.maxMetadataVersion());
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.nodeId() != registration.nodeId()) {
                level = (short) Math.min(level, broker.registration().maxMetadataVersion());
            }
        }
        return level;
    }

    /** Whether the registration would displace an incarnation that may be alive. */
    static boolean needsProofOfDeath(BrokerImage previous, BrokerRegistration registration) {
        return !isSame(previous, registration) && !previous.fenced();
    }

    private static boolean isSame(BrokerImage previous, BrokerRegistration registration) {
        return previous.registration().incarnationId().equals(registration.incarnationId());
    }

    /** NONE when the broker is registered with this very epoch. */
    static Errors epochError(MetadataImage image, int nodeId, long brokerEpoch) {
        BrokerImage broker = image.broker(nodeId);
        if (broker == null) {
            return Errors.BROKER_ID_NOT_REGISTERED;
        }
        return broker.brokerEpoch() == brokerEpoch ? Errors.NONE : Errors.STALE_BROKER_EPOCH;
    }

    private static @Nullable RegistrationReply check(MetadataImage image, BrokerRegistration registration) {
        String clusterId = image.clusterId();
        if (!registration.clusterId().equals(clusterId)) {
            return refused(
                    Errors.INCONSISTENT_CLUSTER_ID,
                    "This is cluster " + clusterId + ", the broker belongs to " + registration.clusterId());
        }
        if (registration.nodeId() < 0
                || registration.incarnationId().equals(Uuid.ZERO_UUID)
                || registration.endpoints().isEmpty()
                || registration.minMetadataVersion() > registration.maxMetadataVersion()) {
            return refused(
                    Errors.INVALID_REGISTRATION,
                    "A broker needs a node id from 0 on, an incarnation id, an endpoint and a range of metadata"
                            + " versions");
        }
        if (registration.minMetadataVersion() > image.metadataVersion()
                || registration.maxMetadataVersion() < image.metadataVersion()) {
            return refused(
                    Errors.UNSUPPORTED_VERSION,
                    "The cluster is at klamm.metadata.version " + image.metadataVersion() + ", the broker supports "
                            + registration.minMetadataVersion() + " to " + registration.maxMetadataVersion());
        }
        return null;
    }

    /** Nobody is there to read this. */
    static Decision<RegistrationReply> gone(BrokerRegistration registration) {
        return Decision.replyOnly(refused(
                Errors.DUPLICATE_BROKER_REGISTRATION,
                "The process that asked to be broker " + registration.nodeId() + " has gone"));
    }

    private static RegistrationReply refused(Errors error, String message) {
        return new RegistrationReply(error, message, -1);
    }
}
