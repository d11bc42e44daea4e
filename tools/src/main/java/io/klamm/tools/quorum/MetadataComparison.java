/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import io.klamm.metadata.image.DigestStanding;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether the nodes hold the same metadata: each compares digests of its own with those that the active controllers record. Pure.
 *
 * @param nodes how each compares, by node id; without those of which nothing is known
 */
public record MetadataComparison(Map<Integer, DigestStanding> nodes) {
    public MetadataComparison {
        nodes = Map.copyOf(nodes);
    }

    public @Nullable DigestStanding of(int nodeId) {
        return nodes.get(nodeId);
    }

    /** Whose metadata is another one, in one sentence; null when there is no such node. */
    public @Nullable String divergence() {
        List<Integer> differing = ids(DigestStanding::differs);
        if (differing.isEmpty()) {
            return null;
        }
        long since = nodes.values().stream()
                .filter(DigestStanding::differs)
                .mapToLong(DigestStanding::divergedAt)
                .min()
                .orElseThrow();
        boolean most = differing.size() > 1
                && 2 * differing.size() >= ids(DigestStanding::isCompared).size();
        return "the metadata of " + QuorumHealth.named(differing) + " is not the active controller's since offset "
                + since
                + (most ? "; as most nodes say so, it may be the active controller that is wrong" : "")
                + " (the log of each says what to do)";
    }

    /** All of it in a few words. */
    public String summary() {
        List<Integer> differing = ids(DigestStanding::differs);
        if (!differing.isEmpty()) {
            return "METADATA DIFFERS on " + QuorumHealth.named(differing);
        }
        List<Integer> compared = ids(DigestStanding::isCompared);
        if (compared.isEmpty()) {
            return "metadata not compared yet";
        }
        long upTo = nodes.values().stream()
                .filter(DigestStanding::isCompared)
                .mapToLong(DigestStanding::agreedAt)
                .min()
                .orElseThrow();
        List<Integer> others = ids(standing -> !standing.isCompared());
        return "metadata equal up to " + upTo
                + (others.isEmpty() ? "" : " (" + QuorumHealth.named(others) + " not compared yet)");
    }

    /** One node in a few words. */
    public String inWords(int nodeId) {
        DigestStanding standing = nodes.get(nodeId);
        if (standing == null || !standing.isCompared()) {
            return "-";
        }
        return standing.differs() ? "DIFFERS at " + standing.divergedAt() : "equal up to " + standing.agreedAt();
    }

    private List<Integer> ids(Predicate<DigestStanding> which) {
        return new TreeMap<>(nodes)
                .entrySet().stream()
                        .filter(node -> which.test(node.getValue()))
                        .map(Map.Entry::getKey)
                        .toList();
    }
}
