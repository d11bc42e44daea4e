/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.MetadataConnection;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Leadership;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;

/** Asks every node, on a thread each, who leads the partitions of a topic, again and again, and takes down what is new. */
public final class LeaderWatch implements AutoCloseable {
    private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final int TIMEOUT_MS = 2_000;
    private static final Duration END = Duration.ofSeconds(30);

    private record Reign(int leader, int leaderEpoch) {}

    private final String topic;
    private final HistoryRecorder history;
    private final List<WorkerThread> threads = new ArrayList<>();
    private volatile boolean stopping;

    public LeaderWatch(Ground ground, String topic, HistoryRecorder history) {
        this.topic = topic;
        this.history = history;
        for (Integer node : ground.nodes()) {
            InetSocketAddress address = ground.clientAddress(node);
            threads.add(new WorkerThread(
                            "watch of the leaders of " + topic + " on node " + node,
                            () -> run("watch-of-node-" + node, address))
                    .start());
        }
    }

    private void run(String process, InetSocketAddress node) {
        Map<Integer, Reign> told = new HashMap<>();
        while (!stopping) {
            try (MetadataConnection connection = new MetadataConnection(node, TIMEOUT_MS)) {
                while (!stopping) {
                    look(process, connection, told);
                    LockSupport.parkNanos(INTERVAL_NANOS);
                }
            } catch (IOException e) {
                // It does not run, or is frozen or cut off: nothing is told.
                LockSupport.parkNanos(INTERVAL_NANOS);
            }
        }
    }

    private void look(String process, MetadataConnection connection, Map<Integer, Reign> told) throws IOException {
        long invokedNanos = history.now();
        for (MetadataResponsePartition partition : connection.partitions(topic)) {
            Reign reign = new Reign(partition.leaderId(), partition.leaderEpoch());
            if (!reign.equals(told.put(partition.partitionIndex(), reign))) {
                history.add(new Leadership(
                        history.since(invokedNanos),
                        process,
                        new TopicPartition(topic, partition.partitionIndex()),
                        reign.leader(),
                        reign.leaderEpoch()));
            }
        }
    }

    /** @throws AssertionError when one of the threads has failed */
    void check() {
        threads.forEach(WorkerThread::check);
    }

    /** Stops asking. */
    @Override
    public void close() {
        stopping = true;
        threads.forEach(thread -> thread.join(END));
    }
}
