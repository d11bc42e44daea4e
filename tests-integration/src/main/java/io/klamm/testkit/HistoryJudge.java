/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges what producers were told against what the partitions hold in the end. For idempotent producers with acks=all on a topic
 * that keeps everything.
 */
public final class HistoryJudge {
    private HistoryJudge() {}

    /** @return the anomalies found, in words; empty when the history is as promised */
    public static List<String> anomalies(List<SendRecord> sends, List<ReadRecord> reads) {
        List<String> found = new ArrayList<>();
        Map<String, SendRecord> sent = new HashMap<>();
        for (SendRecord send : sends) {
            sent.put(send.value(), send);
        }
        Map<String, ReadRecord> byValue = new HashMap<>();
        Map<Integer, NavigableMap<Long, String>> partitions = new TreeMap<>();
        for (ReadRecord read : reads) {
            ReadRecord earlier = byValue.put(read.value(), read);
            if (earlier != null) {
                found.add("duplicate: " + read.value() + " at " + place(earlier) + " and at " + place(read));
            }
            String other = partitions
                    .computeIfAbsent(read.partition(), key -> new TreeMap<>())
                    .put(read.offset(), read.value());
            if (other != null && !other.equals(read.value())) {
                found.add("two values at " + place(read) + ": " + other + " and " + read.value());
            }
            if (!sent.containsKey(read.value())) {
                found.add("never sent: " + read.value() + " at " + place(read));
            }
        }
        for (SendRecord send : sends) {
            if (send.outcome() == SendRecord.Outcome.ACKED) {
                judgeAcknowledged(send, byValue.get(send.value()), found);
            }
        }
        partitions.forEach((partition, values) -> judgeOrder(partition, values, sent, found));
        return found;
    }

    private static void judgeAcknowledged(SendRecord send, @Nullable ReadRecord read, List<String> found) {
        if (read == null) {
            found.add("lost: " + send.value() + " was acknowledged at " + send.partition() + "@" + send.offset());
        } else if (read.partition() != send.partition()
                || (send.offset() != SendRecord.NO_OFFSET && read.offset() != send.offset())) {
            found.add("moved: " + send.value() + " was acknowledged at " + send.partition() + "@" + send.offset()
                    + " and is at " + place(read));
        }
    }

    private static void judgeOrder(
            int partition, NavigableMap<Long, String> values, Map<String, SendRecord> sent, List<String> found) {
        Map<Integer, SendRecord> last = new HashMap<>();
        long next = values.firstKey();
        for (Map.Entry<Long, String> entry : values.entrySet()) {
            if (entry.getKey() != next) {
                found.add(
                        "gap: partition " + partition + " has no record at " + next + " but one at " + entry.getKey());
            }
            next = entry.getKey() + 1;
            SendRecord send = sent.get(entry.getValue());
            if (send == null) {
                continue;
            }
            SendRecord before = last.put(send.producer(), send);
            if (before != null && before.sequence() >= send.sequence()) {
                found.add("reordered: " + send.value() + " stands behind " + before.value() + " in partition "
                        + partition);
            }
        }
    }

    private static String place(ReadRecord read) {
        return read.partition() + "@" + read.offset();
    }
}
