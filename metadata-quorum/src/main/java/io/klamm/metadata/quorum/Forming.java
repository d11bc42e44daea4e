/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether an empty voter may form the quorum. It asks all other configured voters, again and again, until every
 * one has answered that it is empty or forming too. A voter that does not answer might be formed and hold the cluster, so
 * nothing happens without it. A voter that is formed (or forming) with another directory of this node in its list proves
 * that this node has lost a vote it may have granted: it must not come back under the same name.
 *
 * <p>Runs on the given executor only.
 */
final class Forming {
    private static final Logger LOG = LoggerFactory.getLogger(Forming.class);
    private static final long INTERVAL_MS = 250;
    private static final long ANSWER_TIMEOUT_MS = 3_000;
    /** A line in the log at the first silent round, then about every ten seconds. */
    private static final int ROUNDS_PER_LOG_LINE = 40;

    private final QuorumConfig config;
    private final Uuid directoryId;
    private final VoterProbe probe;
    private final ScheduledExecutorService executor;
    private final CompletableFuture<List<Voter>> voters = new CompletableFuture<>();
    private int round;

    Forming(QuorumConfig config, Uuid directoryId, VoterProbe probe, ScheduledExecutorService executor) {
        this.config = config;
        this.directoryId = directoryId;
        this.probe = probe;
        this.executor = executor;
    }

    /**
     * Completes with the voters and their directory ids once this voter may start as one of them; fails with {@link
     * QuorumStartException} when it must not. Complete it from outside to stop asking.
     */
    CompletableFuture<List<Voter>> start() {
        executor.execute(this::ask);
        return voters;
    }

    private void ask() {
        if (voters.isDone()) {
            return;
        }
        Map<Voter, CompletableFuture<VoterStatus>> answers = new LinkedHashMap<>();
        for (Voter voter : config.voters()) {
            if (voter.nodeId() != config.nodeId()) {
                answers.put(voter, askOne(voter));
            }
        }
        CompletableFuture<Void> unused = CompletableFuture.allOf(
                        answers.values().toArray(new CompletableFuture<?>[0]))
                .whenCompleteAsync((all, silent) -> evaluate(answers), executor);
    }

    private CompletableFuture<VoterStatus> askOne(Voter voter) {
        try {
            return probe.ask(voter).copy().orTimeout(ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void evaluate(Map<Voter, CompletableFuture<VoterStatus>> answers) {
        try {
            List<Voter> known = new ArrayList<>();
            List<Voter> silent = new ArrayList<>();
            for (Voter voter : config.voters()) {
                CompletableFuture<VoterStatus> answer = answers.get(voter);
                if (answer == null) {
                    known.add(withDirectory(voter, directoryId));
                } else if (answer.isCompletedExceptionally()) {
                    silent.add(voter);
                } else {
                    VoterStatus status = answer.join();
                    if (status.state() == VoterStatus.State.JOINING) {
                        silent.add(voter); // it waits for a quorum that others have formed, and forms none
                        continue;
                    }
                    check(voter, status);
                    if (status.state() == VoterStatus.State.FORMED) {
                        LOG.info("The quorum has been formed by voter {} with this voter in it", voter.nodeId());
                        voters.complete(members(status.voters()));
                        return;
                    }
                    known.add(withDirectory(voter, status.directoryId()));
                }
            }
            if (silent.isEmpty()) {
                voters.complete(List.copyOf(known));
                return;
            }
            if (round++ % ROUNDS_PER_LOG_LINE == 0) {
                LOG.info("Forming the quorum of cluster {}: waiting for voters {}", config.clusterId(), names(silent));
            }
            ScheduledFuture<?> unused = executor.schedule(this::ask, INTERVAL_MS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            voters.completeExceptionally(e);
        }
    }

    private void check(Voter asked, VoterStatus answer) {
        if (answer.nodeId() != asked.nodeId()) {
            throw new QuorumStartException("voter " + asked.nodeId() + " at " + asked.host() + ':' + asked.port()
                    + " answers as node " + answer.nodeId() + "; correct controller.quorum.voters");
        }
        boolean formed = answer.state() == VoterStatus.State.FORMED;
        if (!formed && answer.voters().isEmpty()) {
            return;
        }
        boolean listed = answer.voters().stream()
                .anyMatch(voter ->
                        voter.nodeId() == config.nodeId() && voter.directoryId().equals(directoryId));
        if (listed) {
            return;
        }
        String quorum = formed ? "the quorum has been formed (voter " : "the quorum is being formed (voter ";
        throw new QuorumStartException(quorum + asked.nodeId() + " says so) and does not know the metadata directory "
                + config.directory() + " of node " + config.nodeId()
                + ", which is empty. Bring the original directory back. "
                + VoterDirectory.lostVoterAdvice(config.nodeId()));
    }

    /** The members as the quorum has them, at the addresses that this node's configuration gives them, if it does. */
    private List<Voter> members(List<Voter> formed) {
        List<Voter> members = new ArrayList<>();
        for (Voter member : formed) {
            Voter configured = config.voters().stream()
                    .filter(voter -> voter.nodeId() == member.nodeId())
                    .findFirst()
                    .orElse(member);
            members.add(withDirectory(configured, member.directoryId()));
        }
        return members;
    }

    private static Voter withDirectory(Voter voter, Uuid directoryId) {
        return new Voter(voter.nodeId(), directoryId, voter.host(), voter.port());
    }

    private static String names(List<Voter> voters) {
        return voters.stream()
                .map(voter -> voter.nodeId() + "@" + voter.host() + ':' + voter.port())
                .collect(Collectors.joining(", "));
    }
}
