/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.TopicKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Each replica of a compacted topic is cleaned by itself, so that its batches are its own. A record that two of them have is the same, the
 * last value of a key is in all of them, and what is written again and again does not stay.
 */
final class CompactionRules {
    /** Acknowledged records of a partition from which on the cleaner must have been at work: its segments have a few hundred. */
    private static final int ENOUGH = 4_000;

    private record Seen(StoredRecord stored, ReplicaLog log) {}

    private CompactionRules() {}

    /** @param logs of one partition */
    static void judge(History history, List<ReplicaLog> logs, Findings findings) {
        // A tombstone goes when it is a day old by its node's clock: longer than any run.
        boolean tombstonesStay =
                history.of(Fault.class).stream().noneMatch(fault -> fault.kind().equals("JUMP_CLOCK"));
        long highWatermark =
                logs.stream().mapToLong(ReplicaLog::highWatermark).max().orElse(0);
        Map<Long, Seen> byOffset = new HashMap<>();
        Map<String, Seen> newest = new HashMap<>();
        for (ReplicaLog log : logs) {
            for (StoredRecord stored : log.records()) {
                if (stored.offset() >= highWatermark) {
                    continue;
                }
                Seen seen = new Seen(stored, log);
                Seen other = byOffset.putIfAbsent(stored.offset(), seen);
                if (other != null && !other.stored.equals(stored)) {
                    differ(other, log, "has " + stored, findings);
                    return;
                }
                newest.merge(
                        stored.key(), seen, (one, later) -> later.stored.offset() > one.stored.offset() ? later : one);
            }
        }
        for (ReplicaLog log : logs) {
            Set<Long> offsets = new HashSet<>();
            Map<String, StoredRecord> own = new HashMap<>();
            for (StoredRecord stored : log.records()) {
                offsets.add(stored.offset());
                own.put(stored.key(), stored);
            }
            for (Seen last : newest.values()) {
                StoredRecord older = own.get(last.stored.key());
                if (offsets.contains(last.stored.offset())) {
                    continue;
                }
                if (!last.stored.tombstone()) {
                    differ(last, log, "has not", findings);
                    return;
                }
                // Without it, what it has deleted is back.
                if (older != null && tombstonesStay) {
                    differ(last, log, "has " + older, findings);
                    return;
                }
            }
        }
    }

    private static void differ(Seen one, ReplicaLog other, String what, Findings findings) {
        findings.add(
                Anomaly.REPLICAS_DIFFER,
                other.partition(),
                "at " + one.stored.offset() + ", below the high watermark: " + one.log.process() + " has " + one.stored
                        + ", " + other.process() + " " + what,
                one.log,
                other);
    }

    /** Registers that were set thousands of times, and whose old values are nearly all there still: no cleaner has been at work. */
    static void atWork(History history, Findings findings) {
        Set<String> registers = new HashSet<>();
        for (TopicKind topic : history.of(TopicKind.class)) {
            if (topic.compacted()) {
                registers.add(topic.topic());
            }
        }
        Map<TopicPartition, Integer> written = new HashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged() && registers.contains(send.partition().topic())) {
                written.merge(send.partition(), 1, Integer::sum);
            }
        }
        for (ReplicaLog log : history.of(ReplicaLog.class)) {
            int sent = written.getOrDefault(log.partition(), 0);
            if (sent >= ENOUGH && log.records().size() > sent / 2) {
                findings.add(
                        Anomaly.NOT_COMPACTED,
                        log.partition(),
                        log.process() + " has " + log.records().size() + " records, and " + sent + " were written",
                        log);
            }
        }
    }
}
