/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.judge;

/** What must not be in a history. */
public enum Anomaly {
    /** Acknowledged, and not there in the end. */
    LOST,
    /** Acknowledged at one offset or partition, and there at another. */
    MOVED,
    /** Acknowledged, and nobody has read the partition in the end: the judge cannot tell. */
    UNREAD,
    /** A value of an idempotent producer stands, or was read, at two offsets. */
    DUPLICATE,
    /** Behind a later one of the same idempotent producer. */
    REORDERED,
    /** Sent after another was acknowledged, and acknowledged in front of it. */
    REAL_TIME_ORDER,
    /** A value that nobody sent. */
    PHANTOM,
    /** A value that cannot have been written, as its producer was told. */
    FAILED_YET_THERE,
    /** Two readers, or one reader twice, got different values at one offset. */
    TWO_VALUES,
    /** A consumer read it, so it was committed; it is not there in the end. */
    READ_AND_GONE,
    /** A consumer got offsets that do not ascend, or below the one it asked for. */
    READ_BACKWARDS,
    /** A consumer, or a whole group, passed offsets over that are there. */
    SKIPPED,
    /** The partition, read whole, has a hole. */
    GAP,
    /** A register holds a value that an acknowledged one has replaced, or none. */
    STALE_REGISTER,
    /** A partition was owned by two members in one generation, or its former owner committed behind the next one's back. */
    TWO_OWNERS,
    /** A committed offset, or the one that a member began with, was lower than one that was acknowledged before. */
    COMMIT_WENT_BACK,
    /** A topic was created, or got more partitions, and is not there like that. */
    TOPIC_LOST,
    /** A topic was deleted, or never created, and is there. */
    TOPIC_BACK,
    /** A partition's replicas were moved, and are neither where they were to go nor, when it was taken back, where they were. */
    REPLICAS_ASTRAY,
    /** Records were deleted for their age, and nothing was old. */
    DELETED_YOUNG,
    /** Two leaders in one leader epoch. */
    TWO_LEADERS,
    /** A partition's log start, high watermark or last stable offset went back, or out of order. */
    BOUNDS_WENT_BACK,
    /** An end of the partition below a record that was acknowledged before. */
    BOUNDS_BELOW_ACKNOWLEDGED,
    /** Two replicas have different batches below the high watermark. */
    REPLICAS_DIFFER,
    /** Two replicas have different batches of one leader epoch at one offset, committed or not: two nodes led in it. */
    EPOCH_FORKED,
    /** In the files of a replica stands something that is no whole batch, or one whose checksum is wrong. */
    REPLICA_DAMAGED,
    /** A replica of a compacted topic has most of what was ever written. */
    NOT_COMPACTED,
    /** Two nodes have different metadata at one offset. */
    METADATA_DIFFERS,
    /** A node ended with an error, or wrote one into its log that no fault of the run explains. */
    NODE_FAILED,
    /** A client was told an error that no fault explains, and that no retry mends. */
    STRANGE_ERROR,
    /** Nobody has looked at something: there the judge cannot tell. */
    UNOBSERVED,
    /**
     * After the last heal a partition acknowledged nothing, or a group committed nothing, or not for long; or a send was given up; or an end
     * of a partition stayed where it was though records were added.
     */
    STUCK
}
