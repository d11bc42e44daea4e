/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.TopicPartitions;
import io.klamm.broker.group.assign.TopicPartitions.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/** The topics that a group subscribes to as the metadata has them, and a number that tells whether they are the same as before. */
final class SubscribedTopics {
    private SubscribedTopics() {}

    /**
     * Those of the names that exist.
     *
     * @param withRacks whether it matters in which racks their replicas are
     */
    static TopicPartitions of(Collection<String> names, ClusterView cluster, boolean withRacks) {
        SortedMap<Uuid, Topic> topics = new TreeMap<>();
        for (String name : names) {
            Topic topic = cluster.topic(name);
            if (topic != null) {
                topics.put(
                        topic.id(),
                        withRacks ? topic : new Topic(topic.id(), topic.name(), topic.partitions(), List.of()));
            }
        }
        return new TopicPartitions(topics);
    }

    /** Differs when a topic has come, has gone or was made anew, has more partitions, or has replicas in other racks. */
    static long hash(TopicPartitions topics) {
        MessageDigest digest = sha256();
        for (Topic topic : topics.topics().values()) {
            update(digest, topic.id().toString());
            update(digest, topic.name());
            digest.update(ByteBuffer.allocate(Integer.BYTES)
                    .putInt(topic.partitions())
                    .flip());
            topic.racks().forEach(racks -> {
                digest.update((byte) racks.size());
                new TreeSet<>(racks).forEach(rack -> update(digest, rack));
            });
        }
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
