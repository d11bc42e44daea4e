/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.Await;
import io.klamm.testkit.MetadataConnection;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.TopicChange;
import io.klamm.testkit.history.TopicChange.Change;
import io.klamm.testkit.history.TopicsSeen;
import java.time.Duration;
import java.util.Map;

/** Asks every node in the end which topics there are. */
public final class TopicSurvey {
    private static final int TIMEOUT_MS = 5_000;

    private TopicSurvey() {}

    /**
     * Takes down what each node knows. A last topic tells when it has heard of all that was changed before it.
     *
     * @param process who has changed these topics
     * @param prefix of their names
     */
    public static void take(Ground ground, HistoryRecorder history, String process, String prefix, Duration atMost) {
        String last = prefix + "last";
        long invokedNanos = history.now();
        ground.createTopic(last, 1, Map.of());
        history.add(new TopicChange(history.since(invokedNanos), process, last, Change.CREATE, 1, Outcome.OK));
        for (Integer node : ground.nodes()) {
            long askedNanos = history.now();
            Map<String, Integer> seen = Await.get("node " + node + " knows " + last, atMost, () -> {
                try (MetadataConnection connection = new MetadataConnection(ground.clientAddress(node), TIMEOUT_MS)) {
                    Map<String, Integer> topics = connection.topics();
                    return topics.containsKey(last) ? topics : null;
                }
            });
            seen.keySet().removeIf(name -> !name.startsWith(prefix));
            history.add(new TopicsSeen(history.since(askedNanos), "node-" + node, prefix, seen));
        }
    }
}
