/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.client.ReplicaPlanner.Placed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm topics reassign}. */
@Command(
        name = "reassign",
        description = "Spread the replicas of topics evenly over nodes, copying no more than it takes. Producers and"
                + " consumers go on meanwhile.")
final class TopicsReassignCommand extends ClientCommand {
    @Parameters(paramLabel = "TOPIC", arity = "0..*", description = "Topics to spread. Default: all.")
    private List<String> topics = List.of();

    @Option(
            names = "--brokers",
            paramLabel = "NODE,...",
            split = ",",
            description = "Nodes that are to have the replicas. Default: all that live and are not being drained.")
    private List<Integer> brokers = List.of();

    @Option(
            names = "--cancel",
            description = "Give up what is on its way instead: the replicas are again what they were before.")
    private boolean cancel;

    @Mixin
    private final MoveRunner runner = new MoveRunner();

    /**
     * What {@code --json} prints.
     *
     * @param done whether it was done: not with --dry-run
     */
    record Reassigned(List<ReplicaMove> moves, boolean done) {}

    /** What {@code --cancel --json} prints: partitions as topic-index. */
    record Cancelled(List<String> partitions) {}

    @Override
    void run(Admin admin) throws Exception {
        if (cancel) {
            cancel(admin);
            return;
        }
        PlacedReplicas placed = PlacedReplicas.read(admin, connection);
        Map<Integer, @Nullable String> nodes =
                brokers.isEmpty() ? placed.racks() : ReplicaPlanner.only(placed.racks(), brokers);
        List<Placed> chosen = chosen(placed);
        List<ReplicaMove> moves = ReplicaPlanner.spread(chosen, placed.except(chosen), nodes);
        if (!output.isJson() && !moves.isEmpty()) {
            output.out().print(MoveRunner.table(moves));
            output.out().flush();
        }
        if (!runner.isDryRun()) {
            runner.run(admin, connection, output, moves);
        }
        String outcome = moves.isEmpty()
                ? "Nothing to move: the replicas are spread evenly."
                : (runner.isDryRun() ? "\nWould move " : "\nMoved ") + MoveRunner.summary(moves) + ".";
        output.print(new Reassigned(moves, !runner.isDryRun()), outcome);
    }

    private List<Placed> chosen(PlacedReplicas placed) {
        Set<String> missing = new TreeSet<>(topics);
        placed.partitions().forEach(partition -> missing.remove(partition.topic()));
        if (!missing.isEmpty()) {
            throw new CommandException("there is no topic " + String.join(", ", missing));
        }
        return placed.partitions().stream()
                .filter(partition -> topics.isEmpty() || topics.contains(partition.topic()))
                .toList();
    }

    private void awaitUnlessArrived(KafkaFuture<Void> answer) throws Exception {
        try {
            connection.await(answer);
        } catch (NoReassignmentInProgressException e) {
            // it has arrived just now
        }
    }

    private void cancel(Admin admin) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> back = new HashMap<>();
        for (TopicPartition partition : connection
                .await(admin.listPartitionReassignments().reassignments())
                .keySet()) {
            if (topics.isEmpty() || topics.contains(partition.topic())) {
                back.put(partition, Optional.empty());
            }
        }
        List<String> partitions =
                back.keySet().stream().map(TopicPartition::toString).sorted().toList();
        if (!runner.isDryRun() && !back.isEmpty()) {
            for (var answer : admin.alterPartitionReassignments(back).values().values()) {
                awaitUnlessArrived(answer);
            }
        }
        output.print(
                new Cancelled(partitions),
                back.isEmpty()
                        ? "Nothing is on its way."
                        : (runner.isDryRun() ? "Would give up: " : "Given up: ") + String.join(", ", partitions));
    }
}
