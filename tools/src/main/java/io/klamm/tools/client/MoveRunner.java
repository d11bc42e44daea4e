/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.output.Output;
import io.klamm.tools.output.Reasons;
import io.klamm.tools.output.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterPartitionReassignmentsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Option;

/** Options of commands that move replicas, and the moving: some partitions at a time, with progress shown. */
final class MoveRunner {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    @Option(names = "--dry-run", description = "Say what would be moved, and move nothing.")
    private boolean dryRun;

    @Option(
            names = "--at-once",
            paramLabel = "N",
            defaultValue = "100",
            description = "Partitions that move at the same time (default ${DEFAULT-VALUE}).")
    private int atOnce = 100;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "86400",
            description =
                    "How long to wait until all is moved (default ${DEFAULT-VALUE}). What has begun goes on without"
                            + " this command; called again, it takes up the rest.")
    private int waitSeconds = 86_400;

    boolean isDryRun() {
        return dryRun;
    }

    /**
     * Moves, and returns when the last replica is where it is to be.
     *
     * @throws CommandException when a move is refused, or the wait is over
     */
    void run(Admin admin, Connection connection, Output output, List<ReplicaMove> moves) throws Exception {
        long startNanos = System.nanoTime();
        Deque<ReplicaMove> waiting = new ArrayDeque<>(moves);
        Map<TopicPartition, ReplicaMove> underWay = new LinkedHashMap<>();
        List<String> refused = new ArrayList<>();
        int shown = -1;
        while (true) {
            Set<TopicPartition> busy = busy(admin, connection, underWay);
            underWay.keySet().retainAll(busy);
            begin(admin, connection, waiting, underWay, refused);
            int done = moves.size() - waiting.size() - underWay.size() - refused.size();
            if (done != shown) {
                shown = done;
                output.progress().println("moved " + done + " of " + Words.count(moves.size(), "partition"));
                output.progress().flush();
            }
            if (waiting.isEmpty() && underWay.isEmpty()) {
                break;
            }
            if (System.nanoTime() - startNanos > TimeUnit.SECONDS.toNanos(waitSeconds)) {
                throw new CommandException(Words.count((long) waiting.size() + underWay.size(), "partition")
                        + " not moved within " + waitSeconds + " s; " + underWay.size()
                        + " on their way go on, call again for the rest");
            }
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        if (!refused.isEmpty()) {
            throw new CommandException(
                    Words.count(refused.size(), "partition") + " could not be moved, the first: " + refused.get(0));
        }
    }

    private void begin(
            Admin admin,
            Connection connection,
            Deque<ReplicaMove> waiting,
            Map<TopicPartition, ReplicaMove> underWay,
            List<String> refused)
            throws Exception {
        Map<TopicPartition, ReplicaMove> next = new LinkedHashMap<>();
        while (!waiting.isEmpty() && underWay.size() + next.size() < Math.max(1, atOnce)) {
            ReplicaMove move = waiting.remove();
            next.put(new TopicPartition(move.topic(), move.partition()), move);
        }
        if (next.isEmpty()) {
            return;
        }
        Map<TopicPartition, Optional<NewPartitionReassignment>> wanted = new HashMap<>();
        next.forEach((partition, move) -> wanted.put(partition, Optional.of(new NewPartitionReassignment(move.to()))));
        Map<TopicPartition, KafkaFuture<Void>> answers = admin.alterPartitionReassignments(
                        wanted, new AlterPartitionReassignmentsOptions().timeoutMs(connection.timeoutMs()))
                .values();
        for (Map.Entry<TopicPartition, ReplicaMove> begun : next.entrySet()) {
            try {
                KafkaFuture<Void> answer = answers.get(begun.getKey());
                if (answer != null) {
                    connection.await(answer);
                }
                underWay.put(begun.getKey(), begun.getValue());
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                refused.add(begun.getKey() + ": " + Reasons.of(e));
            }
        }
    }

    /** Those that have not arrived: they are listed as on their way, or some node does not know yet that they are. */
    private static Set<TopicPartition> busy(
            Admin admin, Connection connection, Map<TopicPartition, ReplicaMove> underWay) throws Exception {
        Set<TopicPartition> busy = new HashSet<>();
        if (underWay.isEmpty()) {
            return busy;
        }
        Set<String> topics = new TreeSet<>();
        underWay.keySet().forEach(partition -> topics.add(partition.topic()));
        Map<TopicPartition, List<Integer>> replicas = new HashMap<>();
        for (TopicView topic : TopicViews.existing(admin, connection, topics)) {
            topic.partitions()
                    .forEach(partition -> replicas.put(
                            new TopicPartition(topic.topic(), partition.partition()), partition.replicas()));
        }
        Set<TopicPartition> listed = connection
                .await(admin.listPartitionReassignments().reassignments())
                .keySet();
        underWay.forEach((partition, move) -> {
            List<Integer> now = replicas.get(partition);
            // A topic that is gone has arrived as well as it can.
            if (listed.contains(partition) || (now != null && !now.equals(move.to()))) {
                busy.add(partition);
            }
        });
        return busy;
    }

    static Table table(List<ReplicaMove> moves) {
        Table table = new Table("TOPIC", "PARTITION", "FROM", "TO", "COPIES");
        moves.forEach(move ->
                table.row(move.topic(), move.partition(), Words.ids(move.from()), Words.ids(move.to()), move.copies()));
        return table;
    }

    /** "3 partitions, 4 replicas to copy". */
    static String summary(List<ReplicaMove> moves) {
        long copies = moves.stream().mapToLong(ReplicaMove::copies).sum();
        return Words.count(moves.size(), "partition") + ", " + Words.count(copies, "replica") + " to copy";
    }
}
