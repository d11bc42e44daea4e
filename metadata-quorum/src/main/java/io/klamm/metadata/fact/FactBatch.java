/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.fact;

import java.util.List;

/**
 * One atomic decision or several decided together: one entry of the metadata log.
 *
 * <p>Every node applies a batch only if {@code term} is the term of the Raft entry that carries it and {@code baseOffset}
 * is the next fact offset; otherwise it is dropped. This makes late, retried and doubled submits harmless, and is
 * deterministic on replay.
 *
 * @param term the Raft term in which the batch was decided
 * @param baseOffset offset of the first fact
 * @param timeMs wall clock of the deciding controller, ms since the epoch
 * @param actor who caused it, for people: a principal, a broker, the controller itself
 * @param cause why, for people: "create topic orders", "broker 3 refused the connection"
 * @param facts at least one
 */
public record FactBatch(int term, long baseOffset, long timeMs, String actor, String cause, List<MetadataFact> facts) {
    public FactBatch {
        facts = List.copyOf(facts);
        if (facts.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one fact");
        }
    }

    /** Offset behind the last fact, exclusive. */
    public long endOffset() {
        return baseOffset + facts.size();
    }
}
