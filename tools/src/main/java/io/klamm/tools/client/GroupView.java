/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group as commands print it.
 *
 * @param state Stable, Empty, ...
 * @param type Classic or Consumer
 * @param protocol the assignor, empty when there is none
 * @param coordinator node id, -1 when not known
 * @param members who is in
 * @param partitions what it has committed or reads
 */
record GroupView(
        String group,
        String state,
        String type,
        String protocol,
        int coordinator,
        List<Member> members,
        List<Partition> partitions) {

    /**
     * @param instanceId group.instance.id of a static member, else null
     * @param partitions how many it owns
     */
    record Member(String memberId, @Nullable String instanceId, String clientId, String host, int partitions) {}

    /**
     * @param committed offset of the next record to read, null when nothing is committed
     * @param end end of the partition, null when it has no leader
     * @param lag records between them, null when one is not known
     * @param memberId who owns it, null when nobody does
     */
    record Partition(
            String topic,
            int partition,
            @Nullable Long committed,
            @Nullable Long end,
            @Nullable Long lag,
            @Nullable String memberId,
            @Nullable String host,
            @Nullable String clientId) {}

    long totalLag() {
        long total = 0;
        for (Partition partition : partitions) {
            total += partition.lag() == null ? 0 : partition.lag();
        }
        return total;
    }
}
