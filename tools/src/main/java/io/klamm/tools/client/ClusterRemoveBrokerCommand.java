/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.Node;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code klamm cluster remove-broker}. */
@Command(
        name = "remove-broker",
        description =
                "Forget a broker that was drained and stopped. Its node id may be used again, with an empty disk.")
final class ClusterRemoveBrokerCommand extends ClientCommand {
    @Parameters(paramLabel = "NODE", description = "Id of the node.")
    private int node;

    /** What {@code --json} prints. */
    record Removed(int node) {}

    @Override
    void run(Admin admin) throws Exception {
        Node broker =
                connection
                        .await(admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true))
                                .nodes())
                        .stream()
                        .filter(one -> one.id() == node)
                        .findFirst()
                        .orElseThrow(() -> new CommandException("there is no broker " + node));
        if (!broker.isFenced()) {
            throw new CommandException("broker " + node + " is alive: drain it, stop it, then remove it");
        }
        int replicas = PlacedReplicas.read(admin, connection).on(node).size();
        if (replicas > 0) {
            throw new CommandException("broker " + node + " holds " + Words.count(replicas, "replica")
                    + ": klamm cluster drain " + node + " moves them away, also while it is down");
        }
        connection.await(admin.unregisterBroker(node).all());
        output.print(new Removed(node), "Broker " + node + " is removed.");
    }
}
