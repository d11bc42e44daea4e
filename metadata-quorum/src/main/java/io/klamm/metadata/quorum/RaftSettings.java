/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.fact.Voter;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * How Ratis is set up. Everything that differs from its defaults is here, with the reason.
 *
 * <p>Three system properties belong to it and are set by the launcher, since Ratis' shaded Netty reads them once:
 * {@code -Dorg.apache.ratis.thirdparty.io.netty.eventLoopThreads=1}, {@code
 * -Dorg.apache.ratis.thirdparty.io.netty.allocator.numDirectArenas=1} (memory of a voter that mostly waits) and {@code
 * -Xss256k} for its many sleeping threads.
 */
final class RaftSettings {
    /** Largest entry: one atomic decision. Ordinary batches stay below 1 MiB. */
    static final int MAX_ENTRY_BYTES = 8 << 20;

    /** What one entry needs on the way: itself, Ratis' envelope, and some room. */
    private static final SizeInBytes ENTRY_ROOM = SizeInBytes.valueOf(MAX_ENTRY_BYTES + (1L << 20));

    /** The newest snapshot, and the one before it for whoever is just loading that. */
    static final int SNAPSHOTS_KEPT = 2;

    private RaftSettings() {}

    static RaftProperties create(QuorumConfig config, Path raftStorage) {
        RaftProperties p = new RaftProperties();
        storage(p, raftStorage);
        log(p);
        snapshots(p);
        elections(p, config);
        transport(p, config);
        threads(p);
        config.overrides().forEach(p::set);
        // Last, so that no override brings it back. With the default, a resent append is answered by the future of an
        // earlier one that merely starts at the same index: entries are acknowledged that are in no log.
        RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(p, false);
        return p;
    }

    private static void storage(RaftProperties p, Path raftStorage) {
        RaftServerConfigKeys.setStorageDir(p, List.of(raftStorage.toFile()));
        p.setFile(RaftServerConfigKeys.REMOVED_GROUPS_DIR_KEY, new File(raftStorage.toFile(), "removed"));
    }

    private static void log(RaftProperties p) {
        p.set(RaftServerConfigKeys.Log.SEGMENT_SIZE_MAX_KEY, "8MB");
        p.set(RaftServerConfigKeys.Log.PREALLOCATED_SIZE_KEY, "64KB");
        // The default caches alone exhaust a small heap.
        p.set(RaftServerConfigKeys.Log.SEGMENT_CACHE_NUM_MAX_KEY, "2");
        p.set(RaftServerConfigKeys.Log.SEGMENT_CACHE_SIZE_MAX_KEY, "16MB");
        // No entries of Ratis' own while the cluster is idle.
        p.set(RaftServerConfigKeys.Log.LOG_METADATA_ENABLED_KEY, "false");
        // An entry must fit in one append, with its length and checksum in the write buffer, and in one gRPC message.
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, ENTRY_ROOM);
        // Each heartbeat that gets no answer counts as an error, a dozen a second, until an append succeeds. By default
        // the pauses grow to five seconds, and a follower that was cut off for three waits twenty for its leader.
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "1ms,10, 100ms," + Integer.MAX_VALUE);
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(ENTRY_ROOM.getSize() + 64));
        GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf(ENTRY_ROOM.getSize() + (1L << 20)));
    }

    private static void snapshots(RaftProperties p) {
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        p.set(RaftServerConfigKeys.Snapshot.AUTO_TRIGGER_THRESHOLD_KEY, "2000");
        p.set(RaftServerConfigKeys.Snapshot.CREATION_GAP_KEY, "1");
        p.set(RaftServerConfigKeys.Log.PURGE_UPTO_SNAPSHOT_INDEX_KEY, "true");
        p.set(RaftServerConfigKeys.Log.PURGE_GAP_KEY, "1");
        p.set(RaftServerConfigKeys.Log.Appender.SNAPSHOT_CHUNK_SIZE_MAX_KEY, "1MB");
    }

    private static void elections(RaftProperties p, QuorumConfig config) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(config.electionTimeoutMinMs()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(config.electionTimeoutMaxMs()));
        // Who has lost the others lets them elect first, though not for the ten seconds of the default: it may be the
        // only one that has all of the log. Votes that cannot be won disturb nobody (pre-vote).
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, millis(2 * config.electionTimeoutMaxMs()));
        p.set(RaftServerConfigKeys.STAGING_TIMEOUT_KEY, "30s");
        p.set(RaftServerConfigKeys.LeaderElection.MEMBER_MAJORITY_ADD_KEY, "true");
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        // Only the active controller submits, and it never sends the same call twice: a short memory of replies will
        // do.
        p.set(RaftServerConfigKeys.RetryCache.EXPIRY_TIME_KEY, "10s");
    }

    private static void transport(RaftProperties p, QuorumConfig config) {
        Voter self = VoterAddresses.self(config);
        // Followers hear of a commit at once, not with the next heartbeat.
        RaftConfigKeys.Rpc.setType(p, new PromptCommits());
        GrpcConfigKeys.Server.setHost(p, self.host());
        GrpcConfigKeys.Server.setPort(p, VoterAddresses.raftPort(self, config));
        p.set(GrpcConfigKeys.Server.HEARTBEAT_CHANNEL_KEY, "false");
        p.set(GrpcConfigKeys.Server.BOSS_GROUP_SIZE_KEY, "1");
        p.set(GrpcConfigKeys.Server.WORKER_GROUP_SIZE_KEY, "1");
        p.set(GrpcConfigKeys.Client.WORKER_GROUP_SIZE_KEY, "1");
        p.set(GrpcConfigKeys.Server.ASYNC_REQUEST_THREAD_POOL_SIZE_KEY, "4");
    }

    private static void threads(RaftProperties p) {
        p.set(RaftServerConfigKeys.ThreadPool.PROXY_SIZE_KEY, "2");
        p.set(RaftServerConfigKeys.ThreadPool.SERVER_SIZE_KEY, "4");
        p.set(RaftServerConfigKeys.ThreadPool.CLIENT_SIZE_KEY, "2");
    }

    private static TimeDuration millis(int ms) {
        return TimeDuration.valueOf(ms, TimeUnit.MILLISECONDS);
    }

    /**
     * Keeps Ratis from ending the process: by default it calls System.exit when its port is taken, and installs a handler
     * that does so after an uncaught exception in any thread of the process.
     */
    static void disarmProcessExit() {
        Thread.UncaughtExceptionHandler ours = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        ExitUtils.setTerminateOnUncaughtException(false);
        Thread.setDefaultUncaughtExceptionHandler(ours);
    }
}
