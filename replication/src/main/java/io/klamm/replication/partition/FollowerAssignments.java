/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import java.util.List;

/** Who fetches what from whom: told by the registry after roles have changed, done by the fetchers. */
public interface FollowerAssignments extends AutoCloseable {
    /**
     * @param replica a replica of this node
     * @param leaderId node to fetch from, -1 to stop fetching
     * @param leaderEpoch epoch to fetch in
     */
    record Assignment(LocalReplica replica, int leaderId, int leaderEpoch) {}

    /** Takes effect as a whole; the newest assignment of a partition counts. Does not block. */
    void assign(List<Assignment> changes);

    /** Stops all fetching. */
    @Override
    void close();
}
