/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import io.klamm.tools.client.ReplicaPlanner.Placed;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code klamm cluster drain}. */
@Command(
        name = "drain",
        description =
                "Empty a node: it gets no new replicas from now on (it is cordoned), and those that it has move to the"
                        + " others. Called again, it goes on where it was.")
final class ClusterDrainCommand extends ClientCommand {
    @Parameters(paramLabel = "NODE", description = "Id of the node.")
    private int node;

    @Option(names = "--undo", description = "Let the node have new replicas again. What has moved stays where it is.")
    private boolean undo;

    @Mixin
    private final MoveRunner runner = new MoveRunner();

    /**
     * What {@code --json} prints.
     *
     * @param cordoned whether the node is kept free of new replicas
     * @param done whether it was done: not with --dry-run
     */
    record Drained(int node, boolean cordoned, List<ReplicaMove> moves, boolean done) {}

    @Override
    void run(Admin admin) throws Exception {
        // A node that is down cannot be told, and gets new replicas only when the others do not suffice.
        boolean alive =
                !connection
                        .await(admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true))
                                .nodes())
                        .stream()
                        .filter(broker -> broker.id() == node)
                        .findFirst()
                        .orElseThrow(() -> new CommandException("there is no broker " + node))
                        .isFenced();
        if (undo && !alive) {
            throw new CommandException("node " + node + " is down: start it, then undo");
        }
        if (undo) {
            if (!runner.isDryRun()) {
                cordon(admin, AlterConfigOp.OpType.DELETE);
            }
            output.print(
                    new Drained(node, false, List.of(), !runner.isDryRun()),
                    "Node " + node + (runner.isDryRun() ? " would take" : " takes") + " new replicas again.");
            return;
        }
        List<ReplicaMove> moves = plan(PlacedReplicas.read(admin, connection));
        if (!output.isJson() && !moves.isEmpty()) {
            output.out().print(MoveRunner.table(moves));
            output.out().flush();
        }
        if (!runner.isDryRun()) {
            if (alive) {
                cordon(admin, AlterConfigOp.OpType.SET);
            }
            runner.run(admin, connection, output, moves);
            // What was created before everybody knew of the cordon, or was on its way here.
            List<ReplicaMove> late = plan(PlacedReplicas.read(admin, connection));
            runner.run(admin, connection, output, late);
        }
        output.print(new Drained(node, alive && !runner.isDryRun(), moves, !runner.isDryRun()), text(moves));
    }

    /** Refuses before anything is changed: every replica must find a place. */
    private List<ReplicaMove> plan(PlacedReplicas placed) {
        Map<Integer, @Nullable String> others = new TreeMap<>(placed.racks());
        others.remove(node);
        List<Placed> here = placed.on(node);
        if (!here.isEmpty() && others.isEmpty()) {
            throw new CommandException("node " + node + " cannot be drained: no other node lives and takes replicas");
        }
        return ReplicaPlanner.vacate(node, here, placed.except(here), others);
    }

    private void cordon(Admin admin, AlterConfigOp.OpType operation) throws Exception {
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
        connection.await(admin.incrementalAlterConfigs(Map.of(
                        broker, List.of(new AlterConfigOp(new ConfigEntry(PlacedReplicas.CORDON, "*"), operation))))
                .all());
    }

    private String text(List<ReplicaMove> moves) {
        String how = runner.isDryRun() ? "Would move " : "Moved ";
        String next = runner.isDryRun()
                ? ""
                : "\nNode " + node + " has no replicas any more. To remove it for good, stop it, then: klamm cluster"
                        + " remove-broker " + node + "; to have it back: klamm cluster drain --undo " + node;
        return (moves.isEmpty() ? "Nothing to move." : "\n" + how + MoveRunner.summary(moves) + ".") + next;
    }
}
