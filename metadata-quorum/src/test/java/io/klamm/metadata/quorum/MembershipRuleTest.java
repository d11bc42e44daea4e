/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.metadata.fact.MetadataVersions;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.quorum.MembershipRule.View;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.ratis.protocol.RaftPeer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MembershipRuleTest {
    private static final long SILENT = MembershipRule.ALIVE_MS;

    private final Voter one = voter(1);
    private final Voter two = voter(2);
    private final Voter three = voter(3);

    @Test
    void oneMoreVoter() {
        Voter four = voter(4);
        assertThat(MembershipRule.add(view(0, 10, 10), four, null)).containsExactly(one, two, three, four);
        assertThat(MembershipRule.add(view(0, 10, SILENT), voter(0), null))
                .as("by node id")
                .extracting(Voter::nodeId)
                .containsExactly(0, 1, 2, 3);
        Voter again = new Voter(4, Uuid.randomUuid(), two.host(), two.port());
        refused(Errors.INVALID_REQUEST, () -> MembershipRule.add(view(0, 1, 1), again, null));
        refused(Errors.DUPLICATE_VOTER, () -> MembershipRule.add(view(0, 1, 1), three, null));
        refused(
                Errors.UNSUPPORTED_VERSION,
                () -> MembershipRule.add(
                        new View(MetadataVersions.DIRECTORIES, List.of(one), Map.of(1, 0L)), four, null));
    }

    @Test
    void aLostVoterIsReplacedAndNoOther() {
        Voter fresh = new Voter(3, Uuid.randomUuid(), "elsewhere", 9093);
        assertThat(MembershipRule.add(view(0, 10, SILENT), fresh, three.directoryId()))
                .containsExactly(one, two, fresh);
        View never = new View(MetadataVersions.VOTERS, List.of(one, two, three), Map.of(1, 0L, 2, 5L));
        assertThat(MembershipRule.add(never, fresh, three.directoryId())).contains(fresh);
        refused(Errors.DUPLICATE_VOTER, () -> MembershipRule.add(view(0, 10, SILENT), fresh, null));
        refused(Errors.VOTER_NOT_FOUND, () -> MembershipRule.add(view(0, 10, SILENT), fresh, two.directoryId()));
        refused(Errors.VOTER_NOT_FOUND, () -> MembershipRule.add(view(0, 10, 10), voter(4), three.directoryId()));
        refused(
                Errors.REQUEST_TIMED_OUT, // it is alive
                () -> MembershipRule.add(view(0, 10, SILENT - 1), fresh, three.directoryId()));
    }

    @Test
    void noChangeWithoutAMajorityBeforeAndAfter() {
        Voter fresh = new Voter(3, Uuid.randomUuid(), "elsewhere", 9093);
        refused(
                Errors.REQUEST_TIMED_OUT,
                () -> MembershipRule.add(view(0, SILENT, SILENT), fresh, three.directoryId()));
        refused(Errors.REQUEST_TIMED_OUT, () -> MembershipRule.add(view(0, SILENT, SILENT), voter(4), null));
        refused(
                Errors.REQUEST_TIMED_OUT, // 1 of the 2 that stay
                () -> MembershipRule.remove(view(0, 10, SILENT), 2, two.directoryId()));
        assertThat(MembershipRule.remove(view(0, 10, SILENT), 3, three.directoryId()))
                .containsExactly(one, two);
    }

    @Test
    void onlyAVoterIsRemovedAndNeverTheLast() {
        refused(Errors.VOTER_NOT_FOUND, () -> MembershipRule.remove(view(0, 1, 1), 4, Uuid.randomUuid()));
        refused(Errors.VOTER_NOT_FOUND, () -> MembershipRule.remove(view(0, 1, 1), 3, Uuid.randomUuid()));
        View alone = new View(MetadataVersions.VOTERS, List.of(one), Map.of(1, 0L));
        refused(Errors.INVALID_REQUEST, () -> MembershipRule.remove(alone, 1, one.directoryId()));
    }

    @Test
    void theFactsFollowFromRaftsConfiguration() {
        Voter joiner = new Voter(4, Uuid.randomUuid(), "::1", 9093);
        Voter fresh = new Voter(3, Uuid.randomUuid(), "elsewhere", 9093);
        List<RaftPeer> peers = List.of(
                VoterConfiguration.joiner(joiner, 10_000),
                VoterConfiguration.joiner(fresh, 10_000),
                VoterConfiguration.founder(one, 10_000));
        assertThat(VoterConfiguration.voters(peers, List.of(three, two, one), 10_000))
                .containsExactly(one, fresh, joiner);
    }

    private View view(long first, long second, long third) {
        return new View(MetadataVersions.VOTERS, List.of(one, two, three), Map.of(1, first, 2, second, 3, third));
    }

    private static Voter voter(int nodeId) {
        return new Voter(nodeId, Uuid.randomUuid(), "host-" + nodeId, 9093);
    }

    private static void refused(Errors error, ThrowingCallable change) {
        assertThatThrownBy(change)
                .isInstanceOfSatisfying(VoterChangeException.class, refused -> assertThat(refused.error())
                        .isEqualTo(error));
    }
}
