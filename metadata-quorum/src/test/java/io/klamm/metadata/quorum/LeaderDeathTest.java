/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Election time-outs are ten minutes: a new leader within the time limit of a test did not wait for them. */
@Timeout(60)
class LeaderDeathTest {
    private static final int TEN_MINUTES_MS = 600_000;

    @TempDir
    Path dir;

    private TestQuorum quorum() throws Exception {
        TestQuorum quorum = new TestQuorum("cluster", dir, 3).electionTimeouts(TEN_MINUTES_MS, 2 * TEN_MINUTES_MS);
        quorum.startAll();
        return quorum;
    }

    @Test
    void oneThatKnowsOfTheDeathLeadsAtOnce() throws Exception {
        try (TestQuorum quorum = quorum()) {
            TestQuorum.Node dead = quorum.awaitLeader();
            int term = dead.readyTerm;
            quorum.append("before", "1");
            quorum.awaitAll(dead.image().endOffset());
            quorum.kill(dead.id);
            TestQuorum.Node heir = quorum.node(dead.id % 3 + 1);

            heir.quorum.leaderIsDead(dead.id);

            assertThat(quorum.awaitLeader()).isSameAs(heir);
            assertThat(heir.readyTerm).isGreaterThan(term);
            quorum.append("after", "2");
            quorum.awaitAll(heir.image().endOffset());
        }
    }

    @Test
    void wrongNewsCostAnElectionAndNothingElse() throws Exception {
        try (TestQuorum quorum = quorum()) {
            TestQuorum.Node alive = quorum.awaitLeader();
            int term = alive.readyTerm;
            quorum.append("before", "1");
            quorum.awaitAll(alive.image().endOffset());
            TestQuorum.Node heir = quorum.node(alive.id % 3 + 1);

            heir.quorum.leaderIsDead(alive.id);

            TestQuorum.awaitTrue("another leads", () -> heir.readyTerm > term && alive.readyTerm == -1);
            quorum.append("after", "2");
            quorum.awaitAll(heir.image().endOffset());
            assertThat(TestQuorum.value(alive.image(), "before")).isEqualTo("1");
            assertThat(TestQuorum.value(alive.image(), "after")).isEqualTo("2");
        }
    }

    @Test
    void theDeathOfAFollowerChangesNothing() throws Exception {
        try (TestQuorum quorum = quorum()) {
            TestQuorum.Node leader = quorum.awaitLeader();
            int term = leader.readyTerm;
            quorum.nodes.values().forEach(node -> node.quorum.leaderIsDead(leader.id % 3 + 1));
            quorum.append("after", "1");
            quorum.awaitAll(leader.image().endOffset());
            assertThat(quorum.awaitLeader()).isSameAs(leader);
            assertThat(leader.readyTerm).isEqualTo(term);
        }
    }
}
