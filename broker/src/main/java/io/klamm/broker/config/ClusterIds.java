/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.config;

import io.klamm.metadata.fact.Voter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;

/** The cluster id of a cluster whose configuration names none. */
final class ClusterIds {
    private ClusterIds() {}

    /**
     * A stable id in Kafka's form (22 characters of URL-safe base64) from the voters list. The order of the list and the case
     * of host names do not matter; every node of a cluster must spell hosts alike.
     */
    static String derive(List<Voter> voters) {
        String canonical = voters.stream()
                .sorted(Comparator.comparingInt(Voter::nodeId))
                .map(voter -> voter.nodeId() + "@" + voter.host().toLowerCase(Locale.ROOT) + ":" + voter.port())
                .collect(Collectors.joining(","));
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        String id;
        int round = 0;
        do {
            byte[] hash = digest.digest(("klamm " + round++ + " " + canonical).getBytes(StandardCharsets.UTF_8));
            ByteBuffer bits = ByteBuffer.wrap(hash);
            id = new Uuid(bits.getLong(), bits.getLong()).toString();
            // A leading dash reads as an option on a command line; Kafka avoids it as well.
        } while (id.startsWith("-"));
        return id;
    }
}
