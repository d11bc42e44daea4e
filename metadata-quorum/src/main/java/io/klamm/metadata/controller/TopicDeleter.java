/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.TopicDeleted;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Decides the deletion of topics, by name or by id; one result for each different name or id asked. */
final class TopicDeleter {
    private TopicDeleter() {}

    static Decision<List<DeleteTopicResult>> delete(MetadataImage image, List<String> names, List<Uuid> ids) {
        Set<Uuid> deleted = new LinkedHashSet<>();
        List<DeleteTopicResult> results = new ArrayList<>();
        each(
                names,
                image::topic,
                name -> new DeleteTopicResult(
                        name, Uuid.ZERO_UUID, Errors.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'"),
                deleted,
                results);
        each(
                ids,
                image::topic,
                id -> new DeleteTopicResult(null, id, Errors.UNKNOWN_TOPIC_ID, "There is no topic with id " + id),
                deleted,
                results);
        List<MetadataFact> facts =
                deleted.stream().<MetadataFact>map(TopicDeleted::new).toList();
        return new Decision<>(facts, results);
    }

    private static <K> void each(
            List<K> keys,
            Function<K, @Nullable TopicImage> find,
            Function<K, DeleteTopicResult> unknown,
            Set<Uuid> deleted,
            List<DeleteTopicResult> results) {
        Set<K> once = new LinkedHashSet<>();
        Set<K> twice = new LinkedHashSet<>();
        for (K key : keys) {
            if (!once.add(key)) {
                twice.add(key);
            }
        }
        for (K key : once) {
            TopicImage topic = find.apply(key);
            if (topic == null) {
                results.add(unknown.apply(key));
            } else if (twice.contains(key)) {
                results.add(new DeleteTopicResult(
                        topic.name(),
                        topic.id(),
                        Errors.INVALID_REQUEST,
                        "The topic is named more than once in this request"));
            } else if (!deleted.add(topic.id())) {
                results.add(new DeleteTopicResult(
                        topic.name(), topic.id(), Errors.INVALID_REQUEST, "The topic is named by name and by id"));
            } else {
                results.add(new DeleteTopicResult(topic.name(), topic.id(), Errors.NONE, null));
            }
        }
    }
}
