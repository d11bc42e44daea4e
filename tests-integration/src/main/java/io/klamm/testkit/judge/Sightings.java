/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.ReadRecord;
import io.klamm.testkit.history.Send;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Who sent which value, and where it was seen; values are unique in their topic. */
final class Sightings {
    /** A record as one reader got it. */
    record Sighting(TopicPartition partition, ReadRecord record, Event reader) {
        String place() {
            return partition + "@" + record.offset();
        }
    }

    private final Map<String, Map<String, Send>> sends = new HashMap<>();
    private final List<Sighting> all = new ArrayList<>();
    private final Map<TopicPartition, Contents> last = new LinkedHashMap<>();
    /** By topic and value: each place where the last contents have it. */
    private final Map<String, Map<String, List<Sighting>>> inTheEnd = new HashMap<>();

    Sightings(History history) {
        for (Send send : history.of(Send.class)) {
            sends.computeIfAbsent(send.partition().topic(), topic -> new HashMap<>())
                    .put(send.value(), send);
        }
        for (Contents whole : history.of(Contents.class)) {
            last.put(whole.partition(), whole);
            whole.records().forEach(read -> all.add(new Sighting(whole.partition(), read, whole)));
        }
        for (Poll poll : history.of(Poll.class)) {
            poll.records().forEach(read -> all.add(new Sighting(poll.partition(), read, poll)));
        }
        for (Contents whole : last.values()) {
            Map<String, List<Sighting>> values =
                    inTheEnd.computeIfAbsent(whole.partition().topic(), topic -> new HashMap<>());
            for (ReadRecord read : whole.records()) {
                values.computeIfAbsent(read.value(), value -> new ArrayList<>(1))
                        .add(new Sighting(whole.partition(), read, whole));
            }
        }
    }

    @Nullable
    Send sendOf(String topic, String value) {
        return sends.getOrDefault(topic, Map.of()).get(value);
    }

    /** Everything that anybody read. */
    List<Sighting> all() {
        return all;
    }

    /** What the partitions hold in the end, as far as they were read whole. */
    Map<TopicPartition, Contents> contents() {
        return last;
    }

    /** Where a value is in the end. */
    List<Sighting> places(String topic, String value) {
        return inTheEnd.getOrDefault(topic, Map.of()).getOrDefault(value, List.of());
    }
}
