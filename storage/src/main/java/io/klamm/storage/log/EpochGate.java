/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * Which leader epochs may come next in the log of a follower. What a leader has sent may have been read from its file after another
 * leader had cut and rewritten that file (KAFKA-18723), so a batch is not the leader's only because the leader sent it.
 */
@FunctionalInterface
public interface EpochGate {
    /** Any that is not older than the last one of the log. */
    EpochGate GROWING = (epoch, baseOffset) -> true;

    /**
     * Asked, in their order, for all batches of an append whose epoch is not that of the batch before them (for the first: not the last
     * epoch of the log), up to one that is older. From the first one on that is not let in, none of them is appended.
     *
     * @param epoch of the batch
     * @param baseOffset of the batch
     */
    boolean lets(int epoch, long baseOffset);
}
