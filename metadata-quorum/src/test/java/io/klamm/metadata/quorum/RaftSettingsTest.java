/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.fact.Voter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.junit.jupiter.api.Test;

class RaftSettingsTest {
    private static RaftProperties settings(Map<String, String> overrides) {
        Voter self = new Voter(1, Uuid.ZERO_UUID, "127.0.0.1", 9093);
        QuorumConfig config =
                new QuorumConfig(1, "cluster", List.of(self), Path.of("voter"), 10_000, 150, 300, overrides);
        return RaftSettings.create(config, Path.of("voter", "raft"));
    }

    /**
     * With composing on, Ratis 3.3.0 answers a resent append of entries [10..12] with the future of an earlier append of
     * [10,11]: the leader counts entry 12 as stored where it is not, and commits what can be lost.
     */
    @Test
    void appendsAreNeverComposed() {
        String key = RaftServerConfigKeys.Log.APPEND_ENTRIES_COMPOSE_ENABLED_KEY;
        assertThat(key).isEqualTo("raft.server.log.append-entries.compose.enabled");
        assertThat(RaftServerConfigKeys.Log.appendEntriesComposeEnabled(settings(Map.of())))
                .isFalse();
        assertThat(RaftServerConfigKeys.Log.appendEntriesComposeEnabled(settings(Map.of(key, "true"))))
                .isFalse();
    }

    @Test
    void everyEntryIsSyncedBeforeItCounts() {
        assertThat(RaftServerConfigKeys.Log.unsafeFlushEnabled(settings(Map.of())))
                .isFalse();
        assertThat(RaftServerConfigKeys.Log.asyncFlushEnabled(settings(Map.of())))
                .isFalse();
    }

    @Test
    void theLargestEntryFitsEverywhere() {
        RaftProperties p = settings(Map.of());
        long append = RaftServerConfigKeys.Log.Appender.bufferByteLimit(p).getSize();
        assertThat(append).isGreaterThan(RaftSettings.MAX_ENTRY_BYTES + 1024);
        assertThat(RaftServerConfigKeys.Log.writeBufferSize(p).getSize()).isGreaterThan(append + 8);
        assertThat(GrpcConfigKeys.messageSizeMax(p, line -> {}).getSize()).isGreaterThanOrEqualTo(append + (1 << 20));
    }

    @Test
    void raftListensBesideTheControllerPort() {
        assertThat(GrpcConfigKeys.Server.host(settings(Map.of()))).isEqualTo("127.0.0.1");
        assertThat(GrpcConfigKeys.Server.port(settings(Map.of()))).isEqualTo(19_093);
        Voter v6 = new Voter(2, Uuid.ZERO_UUID, "::1", 9093);
        QuorumConfig config = new QuorumConfig(2, "c", List.of(v6), Path.of("v"), 1, 150, 300, Map.of());
        assertThat(VoterAddresses.raftAddress(v6, config.raftPortOffset())).isEqualTo("[::1]:9094");
    }

    @Test
    void overridesCount() {
        assertThat(RaftServerConfigKeys.Snapshot.autoTriggerThreshold(
                        settings(Map.of("raft.server.snapshot.auto.trigger.threshold", "7"))))
                .isEqualTo(7);
    }
}
