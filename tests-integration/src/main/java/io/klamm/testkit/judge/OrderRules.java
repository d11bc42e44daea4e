/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Acks;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Send;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Once, in the order of its producer, and never in front of what was acknowledged before it was sent. */
final class OrderRules {
    private OrderRules() {}

    static void judge(History history, Sightings sightings, Findings findings) {
        Map<String, Map<String, String>> firstPlaces = new HashMap<>();
        for (Contents whole : sightings.contents().values()) {
            // Of others more was seen than is left: CompactedReadRules.
            if (!history.isCompacted(whole.partition().topic())) {
                onceAndInOrder(whole, sightings, firstPlaces, findings);
            }
        }
        Map<TopicPartition, List<Send>> acknowledged = new LinkedHashMap<>();
        for (Send send : history.of(Send.class)) {
            if (send.acknowledged() && send.hasOffset() && send.acks().survivesFaults()) {
                acknowledged
                        .computeIfAbsent(send.partition(), partition -> new ArrayList<>())
                        .add(send);
            }
        }
        acknowledged.values().forEach(sends -> realTime(sends, findings));
    }

    private static void onceAndInOrder(
            Contents whole, Sightings sightings, Map<String, Map<String, String>> firstPlaces, Findings findings) {
        Map<String, Send> last = new HashMap<>();
        String topic = whole.partition().topic();
        for (ReadRecord read : whole.records()) {
            Send send = sightings.sendOf(topic, read.value());
            if (send == null || send.acks() != Acks.ALL_IDEMPOTENT) {
                continue;
            }
            String place = whole.partition() + "@" + read.offset();
            String first =
                    firstPlaces.computeIfAbsent(topic, key -> new HashMap<>()).putIfAbsent(read.value(), place);
            if (first != null) {
                findings.add(
                        Anomaly.DUPLICATE,
                        whole.partition(),
                        read.value() + " is at " + first + " and at " + place,
                        send,
                        whole);
                continue;
            }
            Send before = last.put(send.process(), send);
            if (before != null && before.sequence() >= send.sequence()) {
                findings.add(
                        Anomaly.REORDERED,
                        whole.partition(),
                        read.value() + " stands at " + place + ", behind " + before.value(),
                        before,
                        send);
            }
        }
    }

    /** @param sends acknowledged ones of a partition, in the order in which they began */
    private static void realTime(List<Send> sends, Findings findings) {
        List<Send> byEnd = new ArrayList<>(sends);
        byEnd.sort(Comparator.comparingLong(send -> send.span().completedNanos()));
        int ended = 0;
        Send highest = null;
        for (Send send : sends) {
            while (ended < byEnd.size() && byEnd.get(ended).span().before(send.span())) {
                highest = higher(highest, byEnd.get(ended++));
            }
            if (highest != null && highest.offset() >= send.offset()) {
                findings.add(
                        Anomaly.REAL_TIME_ORDER,
                        send.partition(),
                        send.value() + " was sent after " + highest.value() + " was acknowledged at " + highest.offset()
                                + ", and acknowledged at " + send.offset(),
                        highest,
                        send);
            }
        }
    }

    private static Send higher(@Nullable Send highest, Send other) {
        return highest == null || other.offset() > highest.offset() ? other : highest;
    }
}
