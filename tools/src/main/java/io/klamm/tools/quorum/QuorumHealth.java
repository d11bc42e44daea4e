/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The quorum as its voters describe it, each for itself. Pure.
 *
 * @param voters by node id
 */
public record QuorumHealth(List<VoterAnswer> voters) {
    /** The voter that leads now. */
    public Optional<VoterAnswer> leader() {
        return voters.stream()
                .filter(voter -> voter.state() == VoterAnswer.State.leader)
                .max((a, b) -> Integer.compare(a.term(), b.term()));
    }

    /** What keeps the quorum from deciding, in one sentence; null when it has a leader and a majority. */
    public @Nullable String problem() {
        List<Integer> answer = ids(true);
        List<Integer> silent = ids(false);
        int majority = voters.size() / 2 + 1;
        if (answer.size() >= majority && leader().isPresent()) {
            return null;
        }
        String who =
                (answer.isEmpty() ? "no voter answers" : named(answer) + (answer.size() == 1 ? " answers" : " answer"))
                        + (silent.isEmpty() || answer.isEmpty()
                                ? ""
                                : ", " + named(silent) + (silent.size() == 1 ? " does not" : " do not"));
        boolean forming = voters.stream().anyMatch(voter -> voter.state() == VoterAnswer.State.forming)
                && voters.stream()
                        .noneMatch(voter -> voter.state() == VoterAnswer.State.follower
                                || voter.state() == VoterAnswer.State.leader);
        if (forming) {
            return "no quorum yet: " + who
                    + (silent.isEmpty() ? ", and they are forming it" : "; it forms when all of them have answered");
        }
        if (answer.size() >= majority) {
            return "no quorum leader at the moment: " + who + ", and they elect one";
        }
        return "no quorum: " + who + "; " + majority + " of " + voters.size() + " voters are needed";
    }

    /** The voter that knows most, whose word is the best there is without a leader. */
    public Optional<VoterAnswer> bestInformed() {
        Optional<VoterAnswer> leading = leader();
        return leading.isPresent()
                ? leading
                : voters.stream()
                        .filter(voter -> voter.endOffset() > 0)
                        .max((a, b) -> Long.compare(a.endOffset(), b.endOffset()));
    }

    private List<Integer> ids(boolean answering) {
        return voters.stream()
                .filter(voter -> voter.answers() == answering)
                .map(VoterAnswer::nodeId)
                .toList();
    }

    /** Never empty. */
    static String named(List<Integer> nodes) {
        if (nodes.size() == 1) {
            return "node " + nodes.get(0);
        }
        String before =
                nodes.subList(0, nodes.size() - 1).stream().map(String::valueOf).collect(Collectors.joining(", "));
        return "nodes " + before + " and " + nodes.get(nodes.size() - 1);
    }
}
