/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.output.Table;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code klamm quorum describe}. */
@Command(
        name = "describe",
        description = "Show who leads the metadata quorum and how far its voters and observers are.")
final class QuorumDescribeCommand extends ClientCommand {

    /**
     * @param endOffset end of what the replica has of the metadata log, -1 when the leader does not know
     * @param lastFetchMs time of its last fetch, ms since 1970; null when not known
     * @param lastCaughtUpMs time at which it last had everything; null when not known
     */
    record Member(
            int nodeId,
            String role,
            String directoryId,
            long endOffset,
            @Nullable Long lastFetchMs,
            @Nullable Long lastCaughtUpMs) {}

    /** What {@code --json} prints. */
    record QuorumView(int leaderId, long term, long highWatermark, List<Member> members) {}

    @Override
    void run(Admin admin) throws Exception {
        QuorumInfo quorum = connection.await(admin.describeMetadataQuorum().quorumInfo());
        List<Member> members = new java.util.ArrayList<>();
        quorum.voters().stream()
                .map(voter -> member(voter, voter.replicaId() == quorum.leaderId() ? "leader" : "voter"))
                .sorted(Comparator.comparingInt(Member::nodeId))
                .forEach(members::add);
        quorum.observers().stream()
                .map(observer -> member(observer, "observer"))
                .sorted(Comparator.comparingInt(Member::nodeId))
                .forEach(members::add);
        QuorumView view =
                new QuorumView(quorum.leaderId(), quorum.leaderEpoch(), quorum.highWatermark(), List.copyOf(members));
        output.print(view, text(view));
    }

    private static Member member(ReplicaState state, String role) {
        return new Member(
                state.replicaId(),
                role,
                state.replicaDirectoryId().toString(),
                state.logEndOffset(),
                boxed(state.lastFetchTimestamp()),
                boxed(state.lastCaughtUpTimestamp()));
    }

    private static @Nullable Long boxed(OptionalLong time) {
        return time.isPresent() && time.getAsLong() >= 0 ? time.getAsLong() : null;
    }

    private static String text(QuorumView view) {
        Table table = new Table("NODE", "ROLE", "END OFFSET", "LAG", "LAST FETCH", "CAUGHT UP", "DIRECTORY");
        for (Member member : view.members()) {
            boolean known = member.endOffset() >= 0;
            table.row(
                    member.nodeId(),
                    member.role(),
                    known ? member.endOffset() : "-",
                    known ? Math.max(0, view.highWatermark() - member.endOffset()) : "-",
                    ago(member.lastFetchMs()),
                    ago(member.lastCaughtUpMs()),
                    member.directoryId());
        }
        String leader = view.leaderId() < 0 ? "no leader" : "leader " + view.leaderId();
        return leader + ", term " + view.term() + ", committed up to " + view.highWatermark() + "\n\n" + table;
    }

    private static String ago(@Nullable Long time) {
        return time == null ? "-" : Math.max(0, System.currentTimeMillis() - time) + " ms ago";
    }
}
