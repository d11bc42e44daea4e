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

    /** While the log is read: what the record says is so. */
    void replay(GroupRecord record) {
        if (record instanceof GroupRecord.OffsetCommitted committed) {
            if (committed.offset() != null || byId.containsKey(committed.groupId())) {
                getOrCreate(committed.groupId())
                        .offsets()
                        .apply(committed.topic(), committed.partition(), committed.offset());
            }
        } else if (record instanceof GroupRecord.ClassicGroupStored stored) {
            if (stored.group() != null) {
                getOrCreate(stored.groupId()).restore(ClassicGroup.restored(stored.groupId(), stored.group()));
            } else {
                byId.remove(stored.groupId());
            }
        }
    }
}
