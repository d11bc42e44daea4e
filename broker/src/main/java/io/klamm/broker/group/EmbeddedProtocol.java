/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import io.klamm.broker.group.assign.TopicPartitions.Topic;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;

/** What consumers and their leader tell each other through JoinGroup and SyncGroup, where the coordinator must understand it. */
final class EmbeddedProtocol {
    private EmbeddedProtocol() {}

    /**
     * @param version of the layout
     * @param owned what the member still owns, of topics that exist; empty for one that gives everything up before it joins
     * @param rack client.rack, null when not told
     */
    record Subscription(
            short version,
            SortedSet<String> topics,
            PartitionSet owned,
            @Nullable String rack) {}

    /** Null when the bytes are something else. */
    static @Nullable Subscription subscription(byte[] metadata, ClusterView cluster) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(metadata);
            short version = known(buffer, ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION);
            ConsumerProtocolSubscription said =
                    new ConsumerProtocolSubscription(new ByteBufferAccessor(buffer), version);
            PartitionSet.Builder owned = PartitionSet.builder();
            said.ownedPartitions().forEach(row -> add(owned, cluster, row.topic(), row.partitions()));
            String rack = said.rackId() == null || said.rackId().isBlank() ? null : said.rackId();
            return new Subscription(version, new TreeSet<>(said.topics()), owned.build(), rack);
        } catch (RuntimeException e) {
            return null; // another program's own protocol, or lengths that lie
        }
    }

    /** What a leader has given to a member, of topics that exist; null when the bytes are something else. */
    static @Nullable PartitionSet assigned(byte[] assignment, ClusterView cluster) {
        if (assignment.length == 0) {
            return PartitionSet.EMPTY;
        }
        try {
            ByteBuffer buffer = ByteBuffer.wrap(assignment);
            short version = known(buffer, ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION);
            PartitionSet.Builder assigned = PartitionSet.builder();
            new ConsumerProtocolAssignment(new ByteBufferAccessor(buffer), version)
                    .assignedPartitions()
                    .forEach(row -> add(assigned, cluster, row.topic(), row.partitions()));
            return assigned.build();
        } catch (RuntimeException e) {
            return null; // as above
        }
    }

    private static short known(ByteBuffer buffer, short highest) {
        short version = buffer.getShort();
        if (version < 0) {
            throw new IllegalArgumentException("version " + version);
        }
        return (short) Math.min(version, highest);
    }

    private static void add(
            PartitionSet.Builder set, ClusterView cluster, String name, Collection<Integer> partitions) {
        Topic topic = cluster.topic(name);
        if (topic != null) {
            for (int partition : partitions) {
                if (partition >= 0 && partition < topic.partitions()) {
                    set.add(topic.id(), partition);
                }
            }
        }
    }

    /** What SyncGroup answers a member; topics that are gone are left out. */
    static byte[] assignment(short version, PartitionSet assigned, ClusterView cluster) {
        ConsumerProtocolAssignment message = new ConsumerProtocolAssignment();
        for (Uuid id : assigned.topics()) {
            String name = cluster.topicName(id);
            if (name != null) {
                message.assignedPartitions()
                        .add(new ConsumerProtocolAssignment.TopicPartition()
                                .setTopic(name)
                                .setPartitions(assigned.partitions(id)));
            }
        }
        short known = (short) Math.min(version, ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION);
        ByteBuffer bytes = MessageUtil.toVersionPrefixedByteBuffer(known, message);
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }
}
