/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

/**
 * Everything below it is on disk: records, index entries, epochs and producer states. Recovery begins here.
 *
 * @param offset exclusive end of what is safe
 * @param segmentBase base offset of the segment in which it lies
 * @param position bytes of that segment below it
 * @param lastEpoch leader epoch of the last record below it, -1 when there is none or it is not known
 * @param producers there is a producer snapshot at {@code offset}; false when there was no producer to remember
 */
public record RecoveryPoint(long offset, long segmentBase, int position, int lastEpoch, boolean producers) {
    /** The beginning of an empty log. */
    static RecoveryPoint emptyAt(long offset) {
        return new RecoveryPoint(offset, offset, 0, -1, false);
    }
}
