/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.EpochGate;
import java.util.HashMap;
import java.util.Map;

/**
 * What a follower lets into its log while it follows one leader epoch. The leader sends a range of its file, and the bytes are read when
 * the socket takes them: by then the leader may follow a newer one itself, have cut the file, and have filled it again with another
 * history (KAFKA-18723). A record is known by its epoch and offset, and has one history before it, so these are the leader's for certain:
 *
 * <ul>
 *   <li>records of the epoch that is followed: nobody but this leader writes them, behind what it has compared with this log;
 *   <li>records of the epoch that this log ends with: whoever wrote them had that end before them;
 *   <li>records of an epoch between the two that were read while the leader was still in office, which its next answer proves, being
 *       given under the same leader epoch: until then they are left out, and what they begin with is remembered.
 * </ul>
 *
 * Guarded by the partition's lock.
 */
final class EpochLineage implements EpochGate {
    private final int leaderEpoch;
    private Map<Long, Integer> confirmed = Map.of();
    private Map<Long, Integer> told = Map.of();
    private boolean foreign;

    EpochLineage(int leaderEpoch) {
        this.leaderEpoch = leaderEpoch;
    }

    /** The next answer with records, to a request that was sent after the one before had been taken in, is about to be appended. */
    void nextAnswer() {
        confirmed = told;
        told = Map.of();
        foreign = false;
    }

    @Override
    public boolean lets(int epoch, long baseOffset) {
        if (epoch == leaderEpoch) {
            return true;
        }
        if (epoch > leaderEpoch) {
            foreign = true;
            return false;
        }
        Integer proven = confirmed.get(baseOffset);
        if (proven != null && proven == epoch) {
            return true;
        }
        if (told.isEmpty()) {
            told = new HashMap<>();
        }
        told.put(baseOffset, epoch);
        return false;
    }

    /** Whether the answer held records of an epoch that is newer than the one that is followed: the leader is in office no longer. */
    boolean hasForeign() {
        return foreign;
    }

    /** Whether the answer held records that the next one may prove to be the leader's. */
    boolean hasUnconfirmed() {
        return !told.isEmpty();
    }
}
