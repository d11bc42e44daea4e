/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.TopicKind;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** A topic that was made for the run keeps everything, or the last value of each key: no run lasts as long as its retention. */
final class RetentionRules {
    private RetentionRules() {}

    static void judge(History history, Findings findings) {
        Set<String> made = new HashSet<>();
        history.of(TopicKind.class).forEach(kind -> made.add(kind.topic()));
        for (Contents whole : history.of(Contents.class)) {
            if (made.contains(whole.partition().topic())) {
                fromTheBeginning(whole.partition(), whole.start(), whole, findings);
            }
        }
        for (ReplicaLog log : history.of(ReplicaLog.class)) {
            String topic = log.partition().topic();
            if (made.contains(topic)
                    && !history.isCompacted(topic)
                    && !log.batches().isEmpty()) {
                fromTheBeginning(log.partition(), log.batches().get(0).baseOffset(), log, findings);
            }
        }
    }

    private static void fromTheBeginning(TopicPartition partition, long start, Event seen, Findings findings) {
        if (start > 0) {
            findings.add(
                    Anomaly.DELETED_YOUNG,
                    partition,
                    "it begins with " + start + " for " + seen.process() + ", and nothing in it was old",
                    seen);
        }
    }
}
