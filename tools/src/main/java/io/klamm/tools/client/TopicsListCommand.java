/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.output.Table;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code klamm topics list}. */
@Command(name = "list", description = "List the topics.")
final class TopicsListCommand extends ClientCommand {
    @Option(names = "--internal", description = "List internal topics too.")
    private boolean internal;

    @Override
    void run(Admin admin) throws Exception {
        Set<String> names = connection.await(
                admin.listTopics(new ListTopicsOptions().listInternal(internal)).names());
        List<TopicView> topics = TopicViews.existing(admin, connection, names);
        Table table = new Table("TOPIC", "PARTITIONS", "REPLICAS", "UNDER-REPLICATED", "OFFLINE", "ID");
        for (TopicView topic : topics) {
            table.row(
                    topic.topic(),
                    topic.partitions().size(),
                    topic.replicationFactor(),
                    topic.partitions().stream()
                            .filter(PartitionView::isUnderReplicated)
                            .count(),
                    topic.partitions().stream().filter(PartitionView::isOffline).count(),
                    topic.topicId());
        }
        output.print(topics, table.isEmpty() ? "No topics." : table);
    }
}
