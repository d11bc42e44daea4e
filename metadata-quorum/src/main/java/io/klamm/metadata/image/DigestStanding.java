/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

/**
 * How one node's metadata compares with what the active controllers have recorded.
 *
 * @param agreedAt end offset (exclusive) of the newest image that was theirs too; -1 before there was one
 * @param divergedAt end offset (exclusive) of the first image that was another one; -1 when there was none
 */
public record DigestStanding(long agreedAt, long divergedAt) {
    /** Nothing has been compared yet. */
    public static final DigestStanding NOT_COMPARED = new DigestStanding(-1, -1);

    public boolean isCompared() {
        return agreedAt >= 0 || divergedAt >= 0;
    }

    /** Whether one of them was another one; it stays so until the node is started again. */
    public boolean differs() {
        return divergedAt >= 0;
    }
}
