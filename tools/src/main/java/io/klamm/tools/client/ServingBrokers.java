/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.util.Collection;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.Node;

/** Brokers that can be asked something about themselves. */
final class ServingBrokers {
    private ServingBrokers() {}

    /**
     * Clients ask a broker itself for its settings, and to change them: one that does not exist, or is down, would be waited for.
     *
     * @throws CommandException when no broker of this id serves
     */
    static void check(Admin admin, Connection connection, String id) throws Exception {
        Collection<Node> brokers =
                connection.await(admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true))
                        .nodes());
        for (Node broker : brokers) {
            if (broker.idString().equals(id)) {
                if (broker.isFenced()) {
                    throw new CommandException("broker " + id + " does not serve, and it is the one to be asked");
                }
                return;
            }
        }
        throw new CommandException("there is no broker " + id + "; there are "
                + Words.ids(brokers.stream().map(Node::id).sorted().toList()));
    }
}
