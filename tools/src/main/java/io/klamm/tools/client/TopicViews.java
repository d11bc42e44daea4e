/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;

/** Reads topics from the cluster. */
final class TopicViews {
    private TopicViews() {}

    /** @throws org.apache.kafka.common.errors.UnknownTopicOrPartitionException when one does not exist */
    static List<TopicView> read(Admin admin, Connection connection, Collection<String> names) throws Exception {
        if (names.isEmpty()) {
            return List.of();
        }
        Map<String, TopicDescription> described =
                connection.await(admin.describeTopics(names).allTopicNames());
        return names.stream()
                .map(described::get)
                .map(topic -> new TopicView(
                        topic.name(),
                        topic.topicId().toString(),
                        topic.isInternal(),
                        topic.partitions().stream()
                                .map(PartitionView::of)
                                .sorted(Comparator.comparingInt(PartitionView::partition))
                                .toList()))
                .toList();
    }
}
