/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.controller;

import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.fact.MetadataFact;
import io.klamm.metadata.fact.PartitionChanged;
import io.klamm.metadata.fact.PartitionState;
import java.util.List;

/** How large decisions become in the metadata log. */
final class FactSize {
    /** An entry holds at most this much, unless it is a single decision. */
    static final int MAX_ENTRY_BYTES = 1024 * 1024;

    /** A decision of more is refused. */
    static final int MAX_DECISION_BYTES = 8 * 1024 * 1024;

    /** What the batch around the facts takes at most, actor and cause included. */
    static final int BATCH_OVERHEAD = 4096;

    /** Decisions over all partitions of a broker stop here and go on in the next entry. */
    static final int MAX_BULK_BYTES = MAX_ENTRY_BYTES - 16 * 1024;

    private FactSize() {}

    /** Exact size of the facts, in bytes. */
    static int of(List<MetadataFact> facts) {
        int bytes = 0;
        for (MetadataFact fact : facts) {
            bytes = Math.addExact(bytes, FactCodec.encodeFact(fact).remaining());
        }
        return bytes;
    }

    /** Upper bound of the size of one change, in bytes, without encoding it. */
    static int atMost(PartitionChanged change) {
        PartitionState state = change.state();
        int nodes = state.replicas().size()
                + state.isr().size()
                + state.elr().size()
                + state.lastKnownIsr().size()
                + state.addingReplicas().size()
                + state.removingReplicas().size();
        return 90 + 5 * nodes + 16 * state.directories().size();
    }
}
