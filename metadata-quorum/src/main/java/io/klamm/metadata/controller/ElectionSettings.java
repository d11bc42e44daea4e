/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.ConfigResourceType;
import io.klamm.metadata.image.ConfigKey;
import io.klamm.metadata.image.MetadataImage;

/**
 * How leaders are elected besides the rule that whoever has everything may lead. Values of the static configuration; dynamic ones for
 * the cluster, or a topic, win.
 *
 * @param uncleanRecoveryTimeoutMs unclean.recovery.timeout.ms: how long to wait for all of lastKnownIsr, -1 for ever
 * @param unclean unclean.leader.election.enable: availability before records
 * @param rebalance auto.leader.rebalance.enable: preferred leaders come back into office
 * @param checkIntervalMs leader.imbalance.check.interval.seconds, in milliseconds
 * @param imbalancePercentage leader.imbalance.per.broker.percentage: how many of the partitions that prefer a broker may be led by
 *     others before that is put right
 */
public record ElectionSettings(
        long uncleanRecoveryTimeoutMs,
        boolean unclean,
        boolean rebalance,
        long checkIntervalMs,
        int imbalancePercentage) {
    public static final String UNCLEAN = "unclean.leader.election.enable";
    public static final String REBALANCE = "auto.leader.rebalance.enable";
    public static final String CHECK_INTERVAL_SECONDS = "leader.imbalance.check.interval.seconds";
    public static final String IMBALANCE_PERCENTAGE = "leader.imbalance.per.broker.percentage";

    /** Waits for all of lastKnownIsr, elects nobody uncleanly, leaves leaders where they are. */
    public static final ElectionSettings STRICT = new ElectionSettings(-1, false, false, 300_000, 10);

    /** Whether a replica that may lack acknowledged records may lead a partition of the topic when nobody else is there. */
    boolean uncleanAllowed(MetadataImage image, String topic) {
        String own =
                image.config(new ConfigKey(ConfigResourceType.TOPIC, topic)).getOrDefault(UNCLEAN, "");
        return ClusterValues.parse(own, ClusterValues.flag(image, UNCLEAN, unclean));
    }

    /** These settings with the dynamic values for the cluster. */
    ElectionSettings now(MetadataImage image) {
        long seconds = ClusterValues.number(image, CHECK_INTERVAL_SECONDS, -1);
        return new ElectionSettings(
                uncleanRecoveryTimeoutMs,
                ClusterValues.flag(image, UNCLEAN, unclean),
                ClusterValues.flag(image, REBALANCE, rebalance),
                seconds < 1 ? checkIntervalMs : Math.multiplyExact(seconds, 1_000L),
                (int) ClusterValues.number(image, IMBALANCE_PERCENTAGE, imbalancePercentage));
    }
}
