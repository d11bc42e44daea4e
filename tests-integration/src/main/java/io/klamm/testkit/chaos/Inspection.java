/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeLog;
import io.klamm.testkit.ReplicaFiles;
import io.klamm.testkit.ground.Digests;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.LogLine;
import io.klamm.testkit.history.NodeEnd;
import io.klamm.testkit.history.ReplicaLog;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.history.TopicKind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What clients do not see: after they have ended, all replicas must come in sync; then the nodes are stopped, and their exit codes, the
 * replicas' files, the metadata and the logs of the nodes are taken down.
 */
public final class Inspection {
    /** A replica's place, and what was committed when nobody wrote any more. */
    private record Replicated(TopicPartition partition, List<Integer> nodes, long highWatermark) {}

    private final Ground ground;
    private final HistoryRecorder history;

    private Inspection(Ground ground, HistoryRecorder history) {
        this.ground = ground;
        this.history = history;
    }

    /**
     * Stops the nodes of a ground, and looks at what they leave.
     *
     * @param atMost how long replicas may take to come in sync
     */
    public static void perform(Ground ground, HistoryRecorder history, Duration atMost) throws IOException {
        Inspection inspection = new Inspection(ground, history);
        List<Replicated> replicated = inspection.awaitInSync(atMost);
        // A node that is told to stop makes a snapshot, and keeps no older image to compare with.
        Digests.takeDown(ground, history);
        long begun = history.now();
        Map<Integer, Integer> codes = ground.stopAll();
        codes.forEach((node, code) -> history.add(new NodeEnd(history.since(begun), process(node), code)));
        inspection.replicas(replicated);
        Digests.takeDown(ground, history);
        inspection.logs();
    }

    private static String process(int node) {
        return "node-" + node;
    }

    /** Of all topics, also of those of the brokers. */
    private List<Replicated> awaitInSync(Duration atMost) {
        try (Admin admin = KlammCluster.admin(ground.bootstrap())) {
            return Await.get("all replicas of all topics are in sync", atMost, () -> inSync(admin));
        }
    }

    private static @Nullable List<Replicated> inSync(Admin admin) throws Exception {
        Set<String> topics = admin.listTopics(new ListTopicsOptions().listInternal(true))
                .names()
                .get(20, TimeUnit.SECONDS);
        Map<TopicPartition, List<Integer>> replicas = new HashMap<>();
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (TopicDescription topic : admin.describeTopics(topics)
                .allTopicNames()
                .get(20, TimeUnit.SECONDS)
                .values()) {
            for (var each : topic.partitions()) {
                if (each.leader() == null || each.isr().size() < each.replicas().size()) {
                    return null;
                }
                TopicPartition partition = new TopicPartition(topic.name(), each.partition());
                replicas.put(partition, each.replicas().stream().map(Node::id).toList());
                ends.put(partition, OffsetSpec.latest());
            }
        }
        List<Replicated> found = new ArrayList<>();
        admin.listOffsets(ends)
                .all()
                .get(20, TimeUnit.SECONDS)
                .forEach((partition, end) -> found.add(
                        new Replicated(partition, Objects.requireNonNull(replicas.get(partition)), end.offset())));
        return found;
    }

    private void replicas(List<Replicated> all) {
        Set<String> compacted = new HashSet<>(Set.of(History.COMMITTED_OFFSETS));
        for (TopicKind topic : history.history().of(TopicKind.class)) {
            if (topic.compacted()) {
                compacted.add(topic.topic());
            }
        }
        for (Replicated each : all) {
            for (Integer node : each.nodes()) {
                long now = history.now();
                ReplicaFiles.Stored stored = ReplicaFiles.read(
                        ground.dataDirectory(node),
                        each.partition(),
                        compacted.contains(each.partition().topic()));
                history.add(new ReplicaLog(
                        history.since(now),
                        process(node),
                        each.partition(),
                        each.highWatermark(),
                        stored.batches(),
                        stored.records(),
                        stored.damage()));
            }
        }
    }

    private void logs() throws IOException {
        Span whole = new Span(0, history.now());
        // Both clocks at once; that of the machine is not set during a run.
        Instant runBegan = Instant.now().minusNanos(history.now());
        Set<Integer> astray = new HashSet<>();
        for (Fault fault : history.history().of(Fault.class)) {
            if (fault.kind().equals("JUMP_CLOCK")) {
                astray.addAll(fault.nodes());
            }
        }
        for (Integer node : ground.nodes()) {
            for (NodeLog.Striking each : NodeLog.striking(ground.logFile(node))) {
                Span span = astray.contains(node) || each.first() == null || each.last() == null
                        ? whole
                        : new Span(nanos(runBegan, each.first()), nanos(runBegan, each.last()));
                history.add(new LogLine(span, process(node), each.text(), each.times()));
            }
        }
    }

    private static long nanos(Instant runBegan, LocalDateTime written) {
        return Duration.between(runBegan, written.atZone(ZoneId.systemDefault()).toInstant())
                .toNanos();
    }
}
