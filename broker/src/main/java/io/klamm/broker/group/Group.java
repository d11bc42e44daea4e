/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator knows of one group id: who is in, by one of the two protocols, and how far they have read. While its members
 * speak the consumer protocol its classic group is empty, and never stored.
 */
final class Group {
    private final String id;
    private ClassicGroup classic;
    private @Nullable ConsumerGroup consumer;
    private final CommittedOffsets offsets = new CommittedOffsets();

    Group(String id, ClassicGroup classic) {
        this.id = id;
        this.classic = classic;
    }

    String id() {
        return id;
    }

    ClassicGroup classic() {
        return classic;
    }

    /** Null when its members speak the classic protocol, or when it has none. */
    @Nullable
    ConsumerGroup consumer() {
        return consumer;
    }

    CommittedOffsets offsets() {
        return offsets;
    }

    /** Nobody is in; at most it has offsets. */
    boolean isEmpty() {
        return consumer == null ? classic.is(ClassicGroup.State.EMPTY) : consumer.isEmpty();
    }

    /** Whether the log holds something of its members, which a tombstone must end. */
    boolean isStored() {
        return consumer != null
                || classic.generation() > 0
                || !classic.protocolType().isEmpty();
    }

    /** Ends in the log what it holds of the members. */
    List<GroupRecord> tombstones() {
        return consumer == null ? List.of(new GroupRecord.ClassicGroupStored(id, null)) : consumer.tombstones();
    }

    /** Whether somebody in it reads a topic; when that cannot be known, somebody may. */
    boolean mayRead(String topic) {
        if (isEmpty()) {
            return false;
        }
        if (consumer != null) {
            return consumer.subscribesTo(topic);
        }
        return classic.subscribedTopics() == null || classic.subscribedTopics().contains(topic);
    }

    /** A group without members becomes one of the consumer protocol. */
    ConsumerGroup becomeConsumer() {
        if (consumer == null) {
            consumer = new ConsumerGroup(id);
        }
        return consumer;
    }

    /** The group is one of the classic protocol (again), in this state. */
    void becomeClassic(ClassicGroup group) {
        classic = group;
        consumer = null;
    }
}
