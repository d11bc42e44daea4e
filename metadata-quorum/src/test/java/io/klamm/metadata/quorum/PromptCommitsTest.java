/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * With an election time-out of ten minutes Ratis' own heartbeats come every two and a half at most: whatever a follower hears of a
 * commit within the time limit of a test, it was told.
 */
@Timeout(60)
class PromptCommitsTest {
    private static final int TEN_MINUTES_MS = 600_000;
    private static final int ENTRIES = 20;

    @TempDir
    Path dir;

    @Test
    void followersApplyWithoutAnotherEntryAndWithoutARegularHeartbeat() throws Exception {
        try (TestQuorum quorum =
                new TestQuorum("prompt", dir, 3).electionTimeouts(TEN_MINUTES_MS, 2 * TEN_MINUTES_MS)) {
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();
            for (int i = 0; i < ENTRIES; i++) {
                quorum.append("key" + i, "value" + i);
                quorum.awaitAll(leader.log().applied().endOffset());
            }
        }
    }

    /** Two followers; the one that is slower may hear of the commit with its own entry. */
    @Test
    void aCommitCostsEachFollowerOneHeartbeatAtMost() throws Exception {
        try (TestQuorum quorum =
                new TestQuorum("counted", dir, 3).electionTimeouts(TEN_MINUTES_MS, 2 * TEN_MINUTES_MS)) {
            quorum.startAll();
            TestQuorum.Node leader = quorum.awaitLeader();
            quorum.append("first", "1");
            quorum.awaitAll(leader.log().applied().endOffset());
            long before = heartbeats(quorum);
            for (int i = 0; i < ENTRIES; i++) {
                quorum.append("key" + i, "value" + i);
                quorum.awaitAll(leader.log().applied().endOffset());
            }
            assertThat(heartbeats(quorum) - before).isBetween((long) ENTRIES, 2L * ENTRIES);
        }
    }

    private static long heartbeats(TestQuorum quorum) {
        String group =
                RaftGroupId.valueOf(VoterIdentity.groupUuid(quorum.clusterId)).toString();
        return MetricRegistries.global().getMetricRegistries().stream()
                .filter(registry ->
                        registry.getMetricRegistryInfo().getApplicationName().equals("ratis_grpc"))
                .filter(registry -> registry.getMetricRegistryInfo().getPrefix().endsWith(group))
                .map(registry -> registry.counter("num_requests_heartbeat"))
                .mapToLong(LongCounter::getCount)
                .sum();
    }
}
