/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.judge.Sightings.Sighting;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * What compaction leaves of a topic shows little of what was written. Consumers that follow it have seen more: what anybody ever got of it
 * was written once, in the order of its producer, and where it was acknowledged.
 */
final class CompactedReadRules {
    private CompactedReadRules() {}

    static void judge(History history, Sightings sightings, Findings findings) {
        Map<TopicPartition, NavigableMap<Long, Sighting>> seen = new LinkedHashMap<>();
        for (Sighting each : sightings.all()) {
            if (history.isCompacted(each.partition().topic())) {
                seen.computeIfAbsent(each.partition(), partition -> new TreeMap<>())
                        .putIfAbsent(each.record().offset(), each);
            }
        }
        seen.values().forEach(byOffset -> once(byOffset, sightings, findings));
    }

    private static void once(NavigableMap<Long, Sighting> byOffset, Sightings sightings, Findings findings) {
        Map<String, Sighting> places = new HashMap<>();
        Map<String, Send> last = new HashMap<>();
        for (Sighting seen : byOffset.values()) {
            Send send = sightings.sendOf(seen.partition().topic(), seen.record().value());
            if (send == null) {
                continue;
            }
            Sighting first = places.putIfAbsent(send.value(), seen);
            if (send.acks() == Acks.ALL_IDEMPOTENT) {
                if (first != null) {
                    add(Anomaly.DUPLICATE, seen, " is also at " + first.place(), send, first.reader(), findings);
                    continue;
                }
                Send before = last.put(send.process(), send);
                if (before != null && before.sequence() >= send.sequence()) {
                    add(Anomaly.REORDERED, seen, " stands behind " + before.value(), send, before, findings);
                }
            }
            if (send.acknowledged()
                    && send.hasOffset()
                    && send.acks() == Acks.ALL_IDEMPOTENT
                    && (!send.partition().equals(seen.partition())
                            || send.offset() != seen.record().offset())) {
                add(
                        Anomaly.MOVED,
                        seen,
                        " was acknowledged at " + send.partition() + "@" + send.offset(),
                        send,
                        seen.reader(),
                        findings);
            }
        }
    }

    private static void add(Anomaly anomaly, Sighting seen, String what, Send send, Event other, Findings findings) {
        findings.add(anomaly, seen.partition(), send.value() + ", read at " + seen.place() + "," + what, send, other);
    }
}
