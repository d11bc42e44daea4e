/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows the transactions of a log from its beginning, batch by batch: which records were aborted, and which markers end
 * transactions of which nothing is left. Pure.
 */
final class Transactions {
    private final Map<Long, ArrayDeque<AbortedTransaction>> aborted = new HashMap<>();
    /** Producers of whose current transaction a batch has come by. */
    private final Set<Long> withBatches = new HashSet<>();

    /** @param aborted all that reach into the part of the log that is walked through */
    Transactions(List<AbortedTransaction> aborted) {
        aborted.stream()
                .sorted(Comparator.comparingLong(AbortedTransaction::lastOffset))
                .forEach(each -> this.aborted
                        .computeIfAbsent(each.producerId(), id -> new ArrayDeque<>())
                        .add(each));
    }

    /** The next data batch. @return true when its transaction was aborted: its records never counted */
    boolean isAborted(RecordBatch batch) {
        if (!batch.isTransactional()) {
            return false;
        }
        withBatches.add(batch.producerId());
        ArrayDeque<AbortedTransaction> ofProducer = aborted.get(batch.producerId());
        if (ofProducer == null) {
            return false;
        }
        while (!ofProducer.isEmpty() && ofProducer.getFirst().lastOffset() < batch.baseOffset()) {
            ofProducer.removeFirst();
        }
        return !ofProducer.isEmpty() && ofProducer.getFirst().firstOffset() <= batch.lastOffset();
    }

    /** The next marker. @return true when no batch of the transaction that it ends is left */
    boolean endsNothing(RecordBatch marker) {
        return !withBatches.remove(marker.producerId());
    }
}
