/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.klamm.metadata.image.DigestWatch;
import io.klamm.metadata.image.ImagePublisher;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.clean.LogCleaner;
import java.lang.management.ManagementFactory;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The gauges of a node. Names are dotted, from the part to the figure; each is read when somebody looks at it. */
public final class NodeMetrics {
    private NodeMetrics() {}

    /** Figures that every node has. */
    public static void ofNode(MetricRegistry registry, ImagePublisher publisher, IntSupplier quorumLeader) {
        gauge(registry, "metadata.offset.current", () -> publisher.current().endOffset());
        gauge(registry, "metadata.offset.published", () -> publisher.published().endOffset());
        gauge(registry, "metadata.topics", () -> publisher.published().topics().size());
        gauge(registry, "quorum.leader.id", quorumLeader::getAsInt);
        gauge(registry, "jvm.heap.used.bytes", () -> ManagementFactory.getMemoryMXBean()
                .getHeapMemoryUsage()
                .getUsed());
        gauge(registry, "jvm.threads", () -> ManagementFactory.getThreadMXBean().getThreadCount());
    }

    /** Whether this node's metadata is the active controller's: offsets are -1 when there is none. */
    public static void ofDigests(MetricRegistry registry, DigestWatch digests) {
        gauge(registry, "metadata.digest.mismatches", digests::mismatches);
        gauge(registry, "metadata.digest.diverged.at", digests::divergedAt);
        gauge(registry, "metadata.digest.agreed.at", digests::agreedAt);
    }

    /** Figures of a broker. */
    public static void ofBroker(MetricRegistry registry, ReplicaRegistry replicas, Supplier<String> state) {
        gauge(registry, "broker.state", state::get);
        gauge(registry, "replicas.count", () -> replicas.replicas().size());
        gauge(registry, "replicas.leaders", () -> replicas.replicas().stream()
                .filter(PartitionReplica::isLeader)
                .count());
        gauge(registry, "replicas.offline", () -> replicas.replicas().stream()
                .filter(replica -> replica.log() == null)
                .count());
    }

    /** Figures of its log dirs: how many do not work, how many take no records because their disks are almost full. */
    public static void ofLogDirs(MetricRegistry registry, IntSupplier offline, IntSupplier full) {
        gauge(registry, "log.dirs.offline", offline::getAsInt);
        gauge(registry, "log.dirs.full", full::getAsInt);
    }

    /**
     * Figures of what a broker serves.
     *
     * @param followerReads bytes of records that consumers have read from this broker as a follower, since the start
     * @param coldReads how often records had to be brought from disk before they could be sent, since the start
     * @param refusedBatches batches refused for what they are (corrupt, too large, out of order), since the start
     */
    public static void ofApis(
            MetricRegistry registry,
            IntSupplier fetchSessions,
            LongSupplier followerReads,
            LongSupplier coldReads,
            LongSupplier refusedBatches) {
        gauge(registry, "fetch.sessions", fetchSessions::getAsInt);
        gauge(registry, "fetch.bytes.read.as.follower", followerReads::getAsLong);
        gauge(registry, "fetch.cold.reads", coldReads::getAsLong);
        gauge(registry, "produce.batches.refused", refusedBatches::getAsLong);
    }

    /** Figures of compaction; those that only grow count since the start. */
    public static void ofCleaner(MetricRegistry registry, LogCleaner cleaner) {
        gauge(registry, "log.cleaner.logs.set.aside", cleaner::setAsideLogs);
        gauge(registry, "log.cleaner.passes", cleaner::cleanings);
        gauge(registry, "log.cleaner.bytes.before", cleaner::bytesBefore);
        gauge(registry, "log.cleaner.bytes.after", cleaner::bytesAfter);
        gauge(registry, "log.cleaner.max.dirty.ratio", cleaner::dirtiestRatio);
        gauge(registry, "log.cleaner.last.pass.ms", cleaner::lastCleaningMs);
    }

    private static <T> void gauge(MetricRegistry registry, String name, Gauge<T> gauge) {
        registry.register(name, gauge);
    }
}
