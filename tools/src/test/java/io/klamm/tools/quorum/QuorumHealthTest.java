/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.tools.quorum.VoterAnswer.State;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QuorumHealthTest {
    private static VoterAnswer voter(int id, State state, int leader, int term, long endOffset) {
        return new VoterAnswer(id, "host" + id, 9093, state, leader, term, endOffset, null);
    }

    private static VoterAnswer silent(int id) {
        return VoterAnswer.silent(id, "host" + id, 9093, "connection refused");
    }

    private static VoterAnswer forming(int id) {
        return voter(id, State.forming, -1, 0, -1);
    }

    private static @Nullable String problem(VoterAnswer... voters) {
        return new QuorumHealth(List.of(voters)).problem();
    }

    @Test
    void aLeaderAndAMajorityAreAQuorum() {
        QuorumHealth health = new QuorumHealth(
                List.of(silent(1), voter(2, State.leader, 2, 4, 90), voter(3, State.follower, 2, 4, 91)));
        assertThat(health.problem()).isNull();
        assertThat(health.bestInformed().map(VoterAnswer::nodeId)).contains(2);
    }

    @Test
    void aMinorityIsNone() {
        assertThat(problem(silent(1), silent(2), voter(3, State.follower, -1, 4, 36)))
                .isEqualTo("no quorum: node 3 answers, nodes 1 and 2 do not; 2 of 3 voters are needed");
        assertThat(problem(silent(1), silent(2), voter(3, State.leader, 3, 4, 36)))
                .as("a leader that has not noticed yet")
                .startsWith("no quorum: ");
        assertThat(problem(silent(1), silent(2), silent(3)))
                .isEqualTo("no quorum: no voter answers; 2 of 3 voters are needed");
    }

    @Test
    void aMajorityWithoutALeaderElects() {
        assertThat(problem(voter(1, State.follower, 2, 4, 36), silent(2), voter(3, State.follower, -1, 4, 36)))
                .isEqualTo("no quorum leader at the moment: nodes 1 and 3 answer, node 2 does not, and they elect one");
    }

    @Test
    void aFirstVoterWaitsForTheOthers() {
        assertThat(problem(forming(1), silent(2), silent(3)))
                .isEqualTo(
                        "no quorum yet: node 1 answers, nodes 2 and 3 do not; it forms when all of them have answered");
        assertThat(problem(forming(1), forming(2), forming(3)))
                .isEqualTo("no quorum yet: nodes 1, 2 and 3 answer, and they are forming it");
        assertThat(problem(forming(1), silent(2), voter(3, State.follower, -1, 4, 36)))
                .as("a voter that was wiped")
                .startsWith("no quorum leader at the moment");
    }

    @Test
    void withoutALeaderWhoeverHasMostIsAsked() {
        QuorumHealth health = new QuorumHealth(
                List.of(voter(1, State.follower, -1, 4, 36), forming(2), voter(3, State.follower, -1, 5, 40)));
        assertThat(health.bestInformed().map(VoterAnswer::nodeId)).contains(3);
        assertThat(new QuorumHealth(List.of(forming(1), silent(2))).bestInformed())
                .isEmpty();
    }
}
