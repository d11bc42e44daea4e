/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Whether the quorum has this very voter: this node with this directory. Found out from the facts as they are applied, and, when no
 * leader is heard, from what other voters say: one that was removed or replaced while it was down is told nothing by Raft.
 */
final class VoterStanding {
    private static final long ANSWER_TIMEOUT_MS = 3_000;

    private final QuorumConfig config;
    private final VoterDirectory directory;
    private final CompletableFuture<Void> member = new CompletableFuture<>();

    VoterStanding(QuorumConfig config, VoterDirectory directory) {
        this.config = config;
        this.directory = directory;
        if (directory.identity().state() == VoterStatus.State.FORMED) {
            member.complete(null);
        }
    }

    /** Completes when it is certain that the quorum has, or had, this voter. */
    CompletableFuture<Void> member() {
        return member;
    }

    /**
     * The first image, and every one with other voters than the one before, before it is published. Apply thread.
     *
     * @throws QuorumStartException when this voter must not go on
     */
    void applied(MetadataImage image) throws IOException {
        if (!config.clusterId().equals(image.clusterId())) {
            throw new QuorumStartException("the metadata log is that of cluster " + image.clusterId()
                    + ", but this node is configured for cluster " + config.clusterId());
        }
        VoterIdentity identity = directory.identity();
        boolean listed = isListed(image.voters());
        switch (identity.state()) {
            case EMPTY, FORMING -> {
                if (!listed) {
                    throw new QuorumStartException("the cluster was formed without the metadata directory "
                            + config.directory() + " (directory id " + directoryId() + ") of node " + config.nodeId()
                            + ". " + VoterDirectory.lostVoterAdvice(config.nodeId()));
                }
                directory.markFormed(image.voters(), 0);
            }
            case JOINING -> {
                if (!listed) {
                    return; // facts from before it is taken in
                }
                directory.markFormed(image.voters(), image.endOffset());
            }
            case FORMED -> {
                if (!listed && image.endOffset() > identity.since()) {
                    throw new QuorumStartException(gone(image.voters()));
                }
            }
        }
        member.complete(null);
    }

    /**
     * Asks all other voters. Completes within a bound with the reason why this voter must not go on, or null when nobody knows one.
     * Only facts above those with which this voter became one prove that it is none any more: whoever is behind may not have it
     * yet.
     */
    CompletableFuture<@Nullable String> askOthers(VoterProbe probe, MetadataImage image) {
        VoterIdentity identity = directory.identity();
        if (identity.state() != VoterStatus.State.FORMED) {
            return CompletableFuture.completedFuture(null);
        }
        Map<Integer, Voter> others = new LinkedHashMap<>();
        List.of(identity.voters(), image.voters(), config.voters())
                .forEach(voters -> voters.forEach(voter -> others.put(voter.nodeId(), voter)));
        others.remove(config.nodeId());
        List<CompletableFuture<@Nullable String>> answers = new ArrayList<>();
        for (Voter other : others.values()) {
            answers.add(ask(probe, other)
                    .thenApply(status -> status.state() == VoterStatus.State.FORMED
                                    && status.endOffset() > identity.since()
                                    && !status.voters().isEmpty()
                                    && !isListed(status.voters())
                            ? gone(status.voters())
                            : null)
                    .exceptionally(silent -> null));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(all -> answers.stream()
                        .map(CompletableFuture::join)
                        .filter(reason -> reason != null)
                        .findFirst()
                        .orElse(null));
    }

    private static CompletableFuture<VoterStatus> ask(VoterProbe probe, Voter voter) {
        try {
            return probe.ask(voter).copy().orTimeout(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private boolean isListed(List<Voter> voters) {
        return voters.stream()
                .anyMatch(voter ->
                        voter.nodeId() == config.nodeId() && voter.directoryId().equals(directoryId()));
    }

    private Uuid directoryId() {
        return directory.identity().directoryId();
    }

    private String gone(List<Voter> voters) {
        String who = "the voter of node " + config.nodeId() + " with directory id " + directoryId();
        boolean replaced = voters.stream().anyMatch(voter -> voter.nodeId() == config.nodeId());
        return replaced
                ? who + " was replaced by one with another directory. Do not start " + config.directory() + " again"
                : removed(who);
    }

    /** What is said when Raft's configuration lacks this voter. */
    String removed() {
        return removed("the voter of node " + config.nodeId() + " with directory id " + directoryId());
    }

    private String removed(String who) {
        return who + " was removed from the metadata quorum. Delete " + config.directory()
                + "; to keep the node as a broker, set process.roles=broker and take it out of"
                + " controller.quorum.voters";
    }
}
