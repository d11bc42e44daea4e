/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.ReplicaFiles;
import io.klamm.testkit.ground.Digests;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Contents;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.NodeEnd;
import io.klamm.testkit.history.ReplicaLog;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Takes down how nodes end and what they have on their disks: that it is the same on all of them is judged with the rest. */
final class StoppedNodes {
    private StoppedNodes() {}

    /** Stops them; how they end, everything of the ordinary clients that must be the same, and the metadata. */
    static void takeDown(Ground ground, HistoryRecorder history) throws IOException {
        Digests.takeDown(
                ground, history); // of voters that run: one that stops writes a snapshot, and its log is behind that
        long begun = history.now();
        ground.stopAll().forEach((node, code) -> history.add(new NodeEnd(history.since(begun), "node-" + node, code)));
        for (Contents whole : history.history().of(Contents.class)) {
            replicas(ground, history, whole.partition(), ground.nodes(), 0, whole.end());
        }
    }

    /**
     * @param nodes which have a replica
     * @param start the partition's log start: what was deleted at one node may still be there at another one
     * @param highWatermark offset behind the last record known to be committed
     */
    static void replicas(
            Ground ground,
            HistoryRecorder history,
            TopicPartition partition,
            List<Integer> nodes,
            long start,
            long highWatermark) {
        boolean compacted = history.history().isCompacted(partition.topic());
        for (Integer node : nodes) {
            long now = history.now();
            ReplicaFiles.Stored stored = ReplicaFiles.read(ground.dataDirectory(node), partition, compacted);
            history.add(new ReplicaLog(
                    history.since(now),
                    "node-" + node,
                    partition,
                    highWatermark,
                    stored.batches().stream()
                            .filter(batch -> batch.lastOffset() >= start)
                            .toList(),
                    stored.records(),
                    stored.damage()));
        }
    }
}
