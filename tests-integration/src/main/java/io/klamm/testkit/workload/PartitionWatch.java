/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.WorkerThread;
import io.klamm.testkit.history.Bounds;
import io.klamm.testkit.history.HistoryRecorder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** Asks the leaders of a topic for the bounds of their partitions, again and again, on a thread of its own. */
public final class PartitionWatch implements AutoCloseable {
    private static final long INTERVAL_NANOS = Duration.ofMillis(250).toNanos();
    private static final Duration END = Duration.ofSeconds(30);

    private final String bootstrap;
    private final List<TopicPartition> partitions;
    private final HistoryRecorder history;
    private final WorkerThread thread;
    private volatile boolean stopping;

    public PartitionWatch(String bootstrap, String topic, int partitions, HistoryRecorder history) {
        this.bootstrap = bootstrap;
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        this.history = history;
        this.thread = new WorkerThread("watch of the partitions of " + topic, this::run).start();
    }

    private void run() {
        try (Admin admin = KlammCluster.admin(bootstrap)) {
            while (!stopping) {
                for (TopicPartition partition : partitions) {
                    look(admin, partition);
                }
                LockSupport.parkNanos(INTERVAL_NANOS);
            }
        }
    }

    /** In an order in which no bound can overtake the next one: start, last stable offset, high watermark. */
    private void look(Admin admin, TopicPartition partition) {
        long invokedNanos = history.now();
        try {
            long start = ask(admin, partition, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED)
                    .offset();
            ListOffsetsResultInfo lastStable =
                    ask(admin, partition, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
            ListOffsetsResultInfo highWatermark =
                    ask(admin, partition, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
            if (lastStable.leaderEpoch().equals(highWatermark.leaderEpoch())) {
                history.add(new Bounds(
                        history.since(invokedNanos),
                        "watch",
                        partition,
                        highWatermark.leaderEpoch().orElse(-1),
                        start,
                        highWatermark.offset(),
                        lastStable.offset()));
            }
        } catch (ExecutionException e) {
            // Nobody leads, or nobody answers: there is nothing to take down.
            if (!(e.getCause() instanceof RetriableException)) {
                throw new IllegalStateException("the bounds of " + partition + " cannot be asked for", e.getCause());
            }
        } catch (TimeoutException e) {
            // The same.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    private static ListOffsetsResultInfo ask(
            Admin admin, TopicPartition partition, OffsetSpec which, IsolationLevel isolation)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        asked.put(partition, which);
        return admin.listOffsets(asked, new ListOffsetsOptions(isolation).timeoutMs(2_000))
                .partitionResult(partition)
                .get(3, TimeUnit.SECONDS);
    }

    /** @throws AssertionError when it has failed */
    void check() {
        thread.check();
    }

    /** Stops asking. */
    @Override
    public void close() {
        stopping = true;
        thread.join(END);
    }
}
