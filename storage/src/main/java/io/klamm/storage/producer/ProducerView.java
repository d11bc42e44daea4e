/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.producer;

import java.util.List;

/**
 * What a log remembers of one producer, as a value.
 *
 * @param coordinatorEpoch of the last transaction marker, -1 when there was none
 * @param lastWriteMs wall time
 * @param lastOffset last offset written by it or for it (a marker), inclusive
 * @param transactionStart first offset of its open transaction, -1 when none is open
 * @param fromFirst whether its sequences are known from 0 on
 * @param batches its last batches, oldest first
 */
public record ProducerView(
        long producerId,
        short epoch,
        int coordinatorEpoch,
        long lastWriteMs,
        long lastOffset,
        long transactionStart,
        boolean fromFirst,
        List<SequencedBatch> batches) {
    public ProducerView {
        batches = List.copyOf(batches);
    }
}
