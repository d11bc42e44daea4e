/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

/** What an answer of the leader did to a follower. */
public enum FollowerStep {
    /** Records were appended: it fetches from a new position. */
    APPENDED,
    /** Nothing to append; the high watermark may have moved. */
    UNCHANGED,
    /** Nothing to append, but the log starts later now: its next fetch has to say so. */
    STARTED_LATER,
    /** The log was cut or started anew: it fetches from a new position. */
    TRUNCATED,
    /** The answer is for another epoch or position than the current one; nothing was done. */
    STALE,
    /** The records may have been read when the leader was in office no longer: the next answer, to the same question, tells. */
    UNCONFIRMED,
    /** The records are of an epoch that does not belong there: the leader is in office no longer. Nothing was written. */
    FOREIGN,
    /** The records cannot be appended (corrupt, or not where the log ends); nothing was written. */
    REJECTED,
    /** The disk is too full for them now; nothing was written. */
    FULL,
    /** The log dir is offline. */
    OFFLINE
}
