/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Reads topics from the cluster. */
final class TopicViews {
    private TopicViews() {}

    /**
     * The topics of these names.
     *
     * @throws CommandException when one of them does not exist
     */
    static List<TopicView> named(Admin admin, Connection connection, Collection<String> names) throws Exception {
        List<TopicView> found = existing(admin, connection, names);
        Set<String> missing = new TreeSet<>(names);
        found.forEach(topic -> missing.remove(topic.topic()));
        if (!missing.isEmpty()) {
            throw new CommandException("there is no topic " + String.join(", ", missing));
        }
        return found;
    }

    /** The topics of these names that exist: one that was listed may be deleted by now. Sorted by name. */
    static List<TopicView> existing(Admin admin, Connection connection, Collection<String> names) throws Exception {
        List<TopicView> topics = new ArrayList<>();
        if (names.isEmpty()) {
            return topics;
        }
        Map<String, KafkaFuture<TopicDescription>> described =
                admin.describeTopics(names).topicNameValues();
        for (KafkaFuture<TopicDescription> one : described.values()) {
            topicOf(connection, one).ifPresent(topics::add);
        }
        topics.sort(Comparator.comparing(TopicView::topic));
        return topics;
    }

    private static Optional<TopicView> topicOf(Connection connection, KafkaFuture<TopicDescription> described)
            throws Exception {
        try {
            return Optional.of(view(connection.await(described)));
        } catch (UnknownTopicOrPartitionException e) {
            return Optional.empty();
        }
    }

    private static TopicView view(TopicDescription topic) {
        return new TopicView(
                topic.name(),
                topic.topicId().toString(),
                topic.isInternal(),
                topic.partitions().stream()
                        .map(PartitionView::of)
                        .sorted(Comparator.comparingInt(PartitionView::partition))
                        .toList(),
                null);
    }
}
