/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.History;
import io.klamm.testkit.history.MetadataDigest;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What is committed is the same everywhere: batches of replicas below the high watermark, and the metadata. */
final class ReplicaRules {
    private ReplicaRules() {}

    static void judge(History history, Findings findings) {
        Map<TopicPartition, List<ReplicaLog>> replicas = new LinkedHashMap<>();
        for (ReplicaLog log : history.of(ReplicaLog.class)) {
            if (log.damage() != null) {
                findings.add(Anomaly.REPLICA_DAMAGED, log.partition(), log.process() + ": " + log.damage(), log);
            } else {
                replicas.computeIfAbsent(log.partition(), partition -> new ArrayList<>())
                        .add(log);
            }
        }
        replicas.forEach((partition, logs) -> {
            if (history.isCompacted(partition.topic())) {
                CompactionRules.judge(history, logs, findings);
            } else if (!forked(logs, findings)) {
                equalBelowHighWatermark(logs, findings);
            }
        });
        digests(history, findings);
    }

    private static void digests(History history, Findings findings) {
        Map<Long, MetadataDigest> digests = new HashMap<>();
        for (MetadataDigest digest : history.of(MetadataDigest.class)) {
            MetadataDigest other = digests.putIfAbsent(digest.offset(), digest);
            if (other != null && !other.digest().equals(digest.digest())) {
                findings.add(
                        Anomaly.METADATA_DIFFERS,
                        "metadata",
                        other.process() + " and " + digest.process() + " differ at offset " + digest.offset(),
                        other,
                        digest);
            }
        }
    }

    /** Whoever leads in an epoch writes each of its offsets once, also above the high watermark: whose batch differs, had another leader. */
    private static boolean forked(List<ReplicaLog> logs, Findings findings) {
        for (int i = 1; i < logs.size(); i++) {
            for (int j = 0; j < i; j++) {
                ReplicaLog one = logs.get(j);
                ReplicaLog other = logs.get(i);
                Fork fork = fork(one, other);
                fork = fork == null ? fork(other, one) : fork;
                if (fork != null) {
                    findings.add(
                            Anomaly.EPOCH_FORKED,
                            one.partition(),
                            one.process() + " and " + other.process() + " have " + fork.one + " and " + fork.other,
                            one,
                            other);
                    return true;
                }
            }
        }
        return false;
    }

    private record Fork(StoredBatch one, StoredBatch other) {}

    private static @Nullable Fork fork(ReplicaLog one, ReplicaLog other) {
        TreeMap<Long, StoredBatch> batches = new TreeMap<>();
        one.batches().forEach(batch -> batches.put(batch.baseOffset(), batch));
        for (StoredBatch batch : other.batches()) {
            Map.Entry<Long, StoredBatch> at = batches.floorEntry(batch.baseOffset());
            if (at != null
                    && at.getValue().lastOffset() >= batch.baseOffset()
                    && at.getValue().leaderEpoch() == batch.leaderEpoch()
                    && !at.getValue().equals(batch)) {
                return new Fork(at.getValue(), batch);
            }
        }
        return null;
    }

    private static void equalBelowHighWatermark(List<ReplicaLog> logs, Findings findings) {
        long highWatermark =
                logs.stream().mapToLong(ReplicaLog::highWatermark).max().orElse(0);
        // Logs may start at different offsets: a replica deletes old segments when it gets round to it.
        long from = logs.stream()
                .mapToLong(log ->
                        log.batches().isEmpty() ? 0 : log.batches().get(0).baseOffset())
                .max()
                .orElse(0);
        ReplicaLog first = logs.get(0);
        NavigableMap<Long, StoredBatch> expected = committed(first, from, highWatermark);
        for (ReplicaLog log : logs.subList(1, logs.size())) {
            NavigableMap<Long, StoredBatch> found = committed(log, from, highWatermark);
            if (!found.equals(expected)) {
                long offset = firstDifference(expected, found);
                findings.add(
                        Anomaly.REPLICAS_DIFFER,
                        log.partition(),
                        "at " + offset + ", below the high watermark " + highWatermark + ": " + first.process()
                                + " has " + expected.get(offset) + ", " + log.process() + " has " + found.get(offset),
                        first,
                        log);
            }
        }
    }

    private static NavigableMap<Long, StoredBatch> committed(ReplicaLog log, long from, long highWatermark) {
        NavigableMap<Long, StoredBatch> batches = new TreeMap<>();
        for (StoredBatch batch : log.batches()) {
            if (batch.lastOffset() >= from && batch.baseOffset() < highWatermark) {
                batches.put(batch.baseOffset(), batch);
            }
        }
        return batches;
    }

    private static long firstDifference(NavigableMap<Long, StoredBatch> one, NavigableMap<Long, StoredBatch> other) {
        TreeMap<Long, StoredBatch> all = new TreeMap<>(one);
        all.putAll(other);
        for (Long offset : all.keySet()) {
            StoredBatch batch = one.get(offset);
            if (batch == null || !batch.equals(other.get(offset))) {
                return offset;
            }
        }
        throw new IllegalStateException("they are equal");
    }
}
