/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

/**
 * Where a producer stands in a log: what must stay there for its sequence numbers to be known again after a recovery.
 *
 * @param epoch the producer's
 * @param lastOffset of its last data batch of this epoch, inclusive; {@link #NONE} when only a marker is known of it
 */
public record LastBatch(short epoch, long lastOffset) {
    public static final long NONE = -1;
}
