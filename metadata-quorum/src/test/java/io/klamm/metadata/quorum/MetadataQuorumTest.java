/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static io.klamm.metadata.quorum.TestQuorum.awaitTrue;
import static io.klamm.metadata.quorum.TestQuorum.batch;
import static io.klamm.metadata.quorum.TestQuorum.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.MetadataImage;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class MetadataQuorumTest {
    @TempDir
    Path dir;

    @Test
    void threeVotersFormAndApplyTheSameFacts() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();

            MetadataImage formed = leader.image();
            assertThat(formed.clusterId()).isEqualTo("cluster");
            assertThat(formed.metadataVersion()).isEqualTo((short) 1);
            assertThat(formed.voters())
                    .extracting(Voter::directoryId)
                    .containsExactlyElementsOf(quorum.nodes.values().stream()
                            .map(node -> node.quorum.directoryId())
                            .toList());

            for (int i = 0; i < 20; i++) {
                quorum.append("key" + i, "value" + i);
            }
            quorum.awaitAll(22);
            assertThat(value(leader.image(), "key19")).isEqualTo("value19");
        }
    }

    @Test
    void aNewLeaderTakesOverAndDropsWhatTheOldTermDecided() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.startAll();
            TestQuorum.Node first = quorum.awaitLeader();
            int oldTerm = first.readyTerm;
            quorum.append("before", "1");
            quorum.kill(first.id);

            TestQuorum.Node second = quorum.awaitLeader();
            assertThat(second.readyTerm).isGreaterThan(oldTerm);
            long next = second.log().applied().endOffset();
            assertThat(second.log().append(batch(oldTerm, next, "stale", "x")).get(10, TimeUnit.SECONDS))
                    .isFalse();
            assertThat(second.log()
                            .append(batch(second.readyTerm, next - 1, "late", "x"))
                            .get(10, TimeUnit.SECONDS))
                    .isFalse();
            quorum.append("after", "2");
            quorum.start(first.id);
            quorum.awaitAll(next + 1);
            for (TestQuorum.Node node : quorum.nodes.values()) {
                assertThat(value(node.image(), "before")).isEqualTo("1");
                assertThat(value(node.image(), "after")).isEqualTo("2");
                assertThat(value(node.image(), "stale")).isNull();
                assertThat(value(node.image(), "late")).isNull();
            }
        }
    }

    @Test
    void closingTheLeaderPassesLeadershipOn() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 3)) {
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();
            quorum.append("a", "1");
            leader.quorum.close();
            quorum.nodes.remove(leader.id);
            leader.publisher.close();
            assertThat(leader.readyTerm)
                    .as("told that it does not lead any more")
                    .isEqualTo(-1);
            TestQuorum.Node next = quorum.awaitLeader();
            awaitTrue("all know the leader", () -> quorum.nodes.values().stream()
                    .allMatch(node -> node.quorum.leaderId() == next.id));
            assertThat(leader.fatal.get()).isNull();
        }
    }

    @Test
    void aSingleVoterFormsAlone() throws Exception {
        try (TestQuorum quorum = new TestQuorum("cluster", dir, 1)) {
            quorum.startAll();
            TestQuorum.Node node = quorum.awaitLeader();
            quorum.append("a", "1");
            assertThat(node.log().barrier()).succeedsWithin(TestQuorum.PATIENCE);
            QuorumStatus status = node.quorum.describe();
            assertThat(status.leaderId()).isEqualTo(1);
            assertThat(status.appliedOffset()).isEqualTo(3);
        }
    }
}
