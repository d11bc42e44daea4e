/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.klamm.metadata.image.DigestStanding;
import io.klamm.tools.CommandException;
import io.klamm.tools.ExitCode;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Table;
import io.klamm.tools.quorum.DigestSurvey;
import io.klamm.tools.quorum.MetadataComparison;
import io.klamm.tools.quorum.QuorumHealth;
import io.klamm.tools.quorum.QuorumInspector;
import io.klamm.tools.quorum.VoterAnswer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeMetadataQuorumOptions;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code klamm quorum describe}. */
@Command(
        name = "describe",
        description = {
            "Show who leads the metadata quorum, how far its voters and observers are, and whether they hold the same"
                    + " metadata. Exits with 1 when they do not.",
            "Without a quorum, or before it has formed, show what each voter says of itself, and exit with 1."
        },
        mixinStandardHelpOptions = true)
final class QuorumDescribeCommand implements Callable<Integer> {
    /** An election takes one second, or two. */
    private static final int LEADER_MS = 3_000;

    private static final String UNASSIGNED = Uuid.ZERO_UUID.toString();

    @Mixin
    private final Connection connection = new Connection();

    @Mixin
    private final Output output = new Output();

    @Option(
            names = "--bootstrap-controller",
            paramLabel = "HOST:PORT,...",
            description = "Ask these CONTROLLER listeners who votes; for nodes that do not serve clients yet.")
    private @Nullable String controllers;

    /**
     * @param endOffset end of what the replica has of the metadata log, -1 when the leader does not know
     * @param lastFetchMs time of its last fetch, ms since 1970; null when not known
     * @param lastCaughtUpMs time at which it last had everything; null when not known
     * @param equalUpTo end offset of its newest metadata that was the active controller's too; null when not known
     * @param differsAt end offset of its first metadata that was not; null when there is none
     */
    record Member(
            int nodeId,
            String role,
            String directoryId,
            long endOffset,
            @Nullable Long lastFetchMs,
            @Nullable Long lastCaughtUpMs,
            @Nullable Long equalUpTo,
            @Nullable Long differsAt) {}

    /**
     * What {@code --json} prints.
     *
     * @param problem why there is no quorum, or null
     * @param divergence which nodes do not hold the active controller's metadata, or null
     * @param members as the leader sees them; empty when no leader was asked
     * @param answers what each voter said of itself, when they were asked instead of the leader
     */
    record QuorumView(
            @Nullable String problem,
            @Nullable String divergence,
            int leaderId,
            long term,
            long highWatermark,
            List<Member> members,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<VoterAnswer> answers) {}

    @Override
    public Integer call() throws Exception {
        if (controllers != null) {
            print(QuorumInspector.fromControllers(Connection.addresses("--bootstrap-controller", controllers)));
            return ExitCode.OK;
        }
        try (Admin admin = connection.admin()) {
            print(leadersView(connection, admin), DigestSurvey.of(connection.addresses()));
        } catch (TimeoutException e) {
            print(QuorumInspector.fromBrokers(connection.addresses()));
        }
        return ExitCode.OK;
    }

    /** @throws TimeoutException when there is no leader within seconds */
    static QuorumInfo leadersView(Connection connection, Admin admin) throws Exception {
        return connection.await(admin.describeMetadataQuorum(
                        new DescribeMetadataQuorumOptions().timeoutMs(Math.min(LEADER_MS, connection.timeoutMs())))
                .quorumInfo());
    }

    private void print(QuorumHealth health) {
        String problem = health.problem();
        Table table = new Table("NODE", "CONTROLLER", "SAYS", "TERM", "END OFFSET");
        for (VoterAnswer voter : health.voters()) {
            table.row(
                    voter.nodeId(),
                    voter.address(),
                    says(voter),
                    voter.term() > 0 ? voter.term() : "-",
                    voter.endOffset() >= 0 ? voter.endOffset() : "-");
        }
        String head = problem != null
                ? problem
                : "leader " + health.leader().map(VoterAnswer::nodeId).orElse(-1);
        VoterAnswer best = health.bestInformed().orElse(null);
        output.print(
                new QuorumView(
                        problem,
                        null,
                        problem != null
                                ? -1
                                : health.leader().map(VoterAnswer::nodeId).orElse(-1),
                        best == null ? 0 : best.term(),
                        best == null ? -1 : best.endOffset(),
                        List.of(),
                        health.voters()),
                head + "\n\n" + table);
        if (problem != null) {
            throw new CommandException(problem);
        }
    }

    private static String says(VoterAnswer voter) {
        return switch (voter.state()) {
            case silent -> "(" + voter.failure() + ")";
            case forming -> "waits for the other voters to form the quorum";
            case leader -> "leads";
            case follower -> voter.leaderId() < 0 ? "knows no leader" : "follows node " + voter.leaderId();
        };
    }

    private void print(QuorumInfo quorum, MetadataComparison metadata) {
        List<Member> members = new ArrayList<>();
        quorum.voters().stream()
                .map(voter -> member(voter, voter.replicaId() == quorum.leaderId() ? "leader" : "voter", metadata))
                .sorted(Comparator.comparingInt(Member::nodeId))
                .forEach(members::add);
        quorum.observers().stream()
                .map(observer -> member(observer, "observer", metadata))
                .sorted(Comparator.comparingInt(Member::nodeId))
                .forEach(members::add);
        QuorumView view = new QuorumView(
                null,
                metadata.divergence(),
                quorum.leaderId(),
                quorum.leaderEpoch(),
                quorum.highWatermark(),
                List.copyOf(members),
                null);
        output.print(view, text(view, metadata));
        if (view.divergence() != null) {
            throw new CommandException(view.divergence());
        }
    }

    private static Member member(ReplicaState state, String role, MetadataComparison metadata) {
        DigestStanding digests = metadata.of(state.replicaId());
        return new Member(
                state.replicaId(),
                role,
                state.replicaDirectoryId().toString(),
                state.logEndOffset(),
                boxed(state.lastFetchTimestamp()),
                boxed(state.lastCaughtUpTimestamp()),
                digests == null || digests.agreedAt() < 0 ? null : digests.agreedAt(),
                digests == null || digests.divergedAt() < 0 ? null : digests.divergedAt());
    }

    private static @Nullable Long boxed(OptionalLong time) {
        return time.isPresent() && time.getAsLong() >= 0 ? time.getAsLong() : null;
    }

    private static String text(QuorumView view, MetadataComparison metadata) {
        Table table =
                new Table("NODE", "ROLE", "END OFFSET", "LAG", "LAST FETCH", "CAUGHT UP", "METADATA", "DIRECTORY");
        for (Member member : view.members()) {
            boolean known = member.endOffset() >= 0;
            table.row(
                    member.nodeId(),
                    member.role(),
                    known ? member.endOffset() : "-",
                    known ? Math.max(0, view.highWatermark() - member.endOffset()) : "-",
                    ago(member.lastFetchMs()),
                    ago(member.lastCaughtUpMs()),
                    metadata.inWords(member.nodeId()),
                    UNASSIGNED.equals(member.directoryId()) ? "-" : member.directoryId());
        }
        String leader = view.leaderId() < 0 ? "no leader" : "leader " + view.leaderId();
        return leader + ", term " + view.term() + ", committed up to " + view.highWatermark() + ", "
                + metadata.summary() + "\n\n" + table;
    }

    private static String ago(@Nullable Long time) {
        return time == null ? "-" : Math.max(0, System.currentTimeMillis() - time) + " ms ago";
    }
}
