/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The groups of one shard, as its log says; built anew from the log by every new coordinator. */
final class Groups {
    private final GroupPorts ports;
    private final Map<String, Group> byId = new LinkedHashMap<>();

    Groups(GroupPorts ports) {
        this.ports = ports;
    }

    @Nullable
    Group group(String id) {
        return byId.get(id);
    }

    Group getOrCreate(String id) {
        return byId.computeIfAbsent(id, unused -> new Group(id, new ClassicGroup(id, ports.nowMs())));
    }

    Collection<Group> all() {
        return byId.values();
    }

    void remove(Group group) {
        byId.remove(group.id(), group);
    }

    /** What the record says is so: it has been written, or is read from the log. */
    void replay(GroupRecord record) {
        if (record instanceof GroupRecord.OffsetCommitted committed) {
            if (committed.offset() != null || byId.containsKey(committed.groupId())) {
                getOrCreate(committed.groupId())
                        .offsets()
                        .apply(committed.topic(), committed.partition(), committed.offset());
            }
        } else if (record instanceof GroupRecord.ClassicGroupStored stored) {
            replay(stored);
        } else {
            replayConsumer(record);
        }
    }

    private void replay(GroupRecord.ClassicGroupStored stored) {
        if (stored.group() != null) {
            getOrCreate(stored.groupId()).becomeClassic(ClassicGroup.restored(stored.groupId(), stored.group()));
            return;
        }
        Group group = byId.get(stored.groupId());
        if (group != null && group.consumer() == null) {
            group.becomeClassic(new ClassicGroup(group.id(), ports.nowMs()));
            removeIfNothingIsLeft(group);
        }
    }

    private void replayConsumer(GroupRecord record) {
        boolean ends = record.isTombstone();
        Group group = ends ? byId.get(record.groupId()) : getOrCreate(record.groupId());
        if (group == null || (ends && group.consumer() == null)) {
            return;
        }
        group.becomeConsumer().replay(record);
        if (ends && record instanceof GroupRecord.ConsumerEpoch) {
            group.becomeClassic(new ClassicGroup(group.id(), ports.nowMs()));
            removeIfNothingIsLeft(group);
        }
    }

    private void removeIfNothingIsLeft(Group group) {
        if (group.offsets().isEmpty()) {
            remove(group);
        }
    }
}
