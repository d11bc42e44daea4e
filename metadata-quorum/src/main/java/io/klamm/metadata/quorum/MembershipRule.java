/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.Voter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Which changes of the quorum's members are safe and make sense (KIP-853). Pure: decides against what the leader sees at one moment;
 * Raft compares once more when it switches.
 *
 * <p>One voter at a time comes, goes, or takes another's place, and only while more than half answer, before the change and after
 * it: a change must never be what takes the quorum its majority. Each method throws {@link VoterChangeException} when it is refused.
 */
final class MembershipRule {
    /** A voter that has answered so recently is alive. */
    static final long ALIVE_MS = 3_000;

    private MembershipRule() {}

    /**
     * What the leader sees.
     *
     * @param metadataVersion finalised level of klamm.metadata.version
     * @param voters by the facts
     * @param contactMs by node id: ms since a voter answered last; 0 of the leader itself; none when it is not known
     */
    record View(short metadataVersion, List<Voter> voters, Map<Integer, Long> contactMs) {
        private boolean answers(Voter voter) {
            Long contact = contactMs.get(voter.nodeId());
            return contact != null && contact < ALIVE_MS;
        }

        private @Nullable Voter voter(int nodeId) {
            return voters.stream()
                    .filter(voter -> voter.nodeId() == nodeId)
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * The voters after {@code joiner} has come.
     *
     * @param replaces directory id of the voter with the same node id whose place it takes; null when it takes nobody's
     */
    static List<Voter> add(View view, Voter joiner, @Nullable Uuid replaces) {
        checkLevel(view);
        Voter before = view.voter(joiner.nodeId());
        if (before != null && before.directoryId().equals(joiner.directoryId())) {
            throw refused(Errors.DUPLICATE_VOTER, "node " + joiner.nodeId() + " votes already, with this directory");
        }
        if (before != null && replaces == null) {
            throw refused(
                    Errors.DUPLICATE_VOTER,
                    "node " + joiner.nodeId() + " is a voter with directory " + before.directoryId()
                            + "; if that is lost for good, replace it");
        }
        if (replaces != null && (before == null || !before.directoryId().equals(replaces))) {
            throw refused(
                    Errors.VOTER_NOT_FOUND,
                    "no voter has node id " + joiner.nodeId() + " and directory " + replaces
                            + ", so none can be replaced");
        }
        if (before != null && view.answers(before)) {
            throw refused(
                    Errors.REQUEST_TIMED_OUT,
                    "voter " + before.nodeId() + " with directory " + before.directoryId() + " answered "
                            + view.contactMs().get(before.nodeId())
                            + " ms ago, or the leader is new: it may be alive. If it runs, stop it first");
        }
        List<Voter> others = without(view.voters(), joiner.nodeId());
        for (Voter other : others) {
            if (other.host().equalsIgnoreCase(joiner.host()) && other.port() == joiner.port()) {
                throw refused(
                        Errors.INVALID_REQUEST,
                        "voter " + other.nodeId() + " is at " + joiner.host() + ':' + joiner.port() + " already");
            }
        }
        List<Voter> after = VoterConfiguration.sorted(
                Stream.concat(others.stream(), Stream.of(joiner)).toList());
        long answering = others.stream().filter(view::answers).count();
        checkMajority(view, answering + 1, after.size());
        return after;
    }

    /** The voters after the one with this node id and directory has gone. */
    static List<Voter> remove(View view, int nodeId, Uuid directoryId) {
        checkLevel(view);
        Voter leaving = view.voter(nodeId);
        if (leaving == null || !leaving.directoryId().equals(directoryId)) {
            throw refused(
                    Errors.VOTER_NOT_FOUND,
                    leaving == null
                            ? "node " + nodeId + " is not a voter"
                            : "node " + nodeId + " votes with directory " + leaving.directoryId() + ", not "
                                    + directoryId);
        }
        List<Voter> after = without(view.voters(), nodeId);
        if (after.isEmpty()) {
            throw refused(Errors.INVALID_REQUEST, "node " + nodeId + " is the only voter: the cluster would be gone");
        }
        checkMajority(view, after.stream().filter(view::answers).count(), after.size());
        return after;
    }

    private static void checkLevel(View view) {
        if (view.metadataVersion() < MetadataVersions.VOTERS) {
            throw refused(
                    Errors.UNSUPPORTED_VERSION,
                    "changing voters needs klamm.metadata.version " + MetadataVersions.VOTERS + ", the cluster is at "
                            + view.metadataVersion() + ": it rises when all brokers run a program that supports it");
        }
    }

    private static void checkMajority(View view, long answeringAfter, int sizeAfter) {
        long answeringNow = view.voters().stream().filter(view::answers).count();
        int sizeNow = view.voters().size();
        if (answeringNow <= sizeNow / 2) {
            throw refused(
                    Errors.REQUEST_TIMED_OUT,
                    "only " + answeringNow + " of " + sizeNow + " voters answer, which is not more than half");
        }
        if (answeringAfter <= sizeAfter / 2) {
            throw refused(
                    Errors.REQUEST_TIMED_OUT,
                    "afterwards only " + answeringAfter + " of " + sizeAfter
                            + " voters would answer, which is not more than half: start those that are down first");
        }
    }

    private static List<Voter> without(List<Voter> voters, int nodeId) {
        return voters.stream().filter(voter -> voter.nodeId() != nodeId).toList();
    }

    private static VoterChangeException refused(Errors error, String message) {
        return new VoterChangeException(error, message);
    }
}
