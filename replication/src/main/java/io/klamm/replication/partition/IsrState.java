/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.replication.partition.IsrChangeSender.Proposal;
import java.util.List;
import java.util.TreeSet;

/**
 * The ISR as the leader sees it: what the controller committed, and what is proposed (design D5.3). Immutable.
 *
 * <p>The <em>maximal</em> ISR holds every replica that may be in the ISR by now, whatever became of the proposals: one that was
 * committed and never heard of must not cost an acknowledged record. It therefore includes every proposal sent for this
 * partition epoch, and shrinks only when a newer partition epoch is known.
 *
 * <p>A pending state keeps one proposal, and sends that very one again as long as its outcome is unknown. It ends with the
 * controller's answer or with a newer image, whichever comes first.
 */
sealed interface IsrState {
    /** The version that the next proposal is compared against. */
    int partitionEpoch();

    /** Members the controller committed, sorted. */
    List<Integer> committed();

    /** Members that may be in the ISR, sorted. */
    List<Integer> maximal();

    /** Nothing is in flight. */
    record Committed(int partitionEpoch, List<Integer> committed) implements IsrState {
        public Committed {
            committed = sorted(committed, List.of());
        }

        @Override
        public List<Integer> maximal() {
            return committed;
        }
    }

    /** A change is in flight. */
    sealed interface Pending extends IsrState {
        Committed before();

        Proposal proposal();

        /** Whether an earlier sending of the proposal may still be acted on. */
        boolean outcomeUnknown();

        /** The same, after a sending whose outcome is not known. */
        Pending withUnknownOutcome();

        @Override
        default int partitionEpoch() {
            return before().partitionEpoch();
        }

        @Override
        default List<Integer> committed() {
            return before().committed();
        }
    }

    /** Members join: they count for the high watermark at once. */
    record PendingExpand(Committed before, Proposal proposal, boolean outcomeUnknown) implements Pending {
        @Override
        public List<Integer> maximal() {
            return sorted(before.committed(), members(proposal));
        }

        @Override
        public PendingExpand withUnknownOutcome() {
            return new PendingExpand(before, proposal, true);
        }
    }

    /**
     * Members leave: they count until it is committed.
     *
     * @param maximal the maximal ISR until then: what was committed, and what an expansion before it may have added that was
     *     refused while the outcome of an earlier sending is not known
     */
    record PendingShrink(Committed before, Proposal proposal, List<Integer> maximal, boolean outcomeUnknown)
            implements Pending {
        public PendingShrink {
            maximal = sorted(maximal, members(proposal));
        }

        @Override
        public PendingShrink withUnknownOutcome() {
            return new PendingShrink(before, proposal, maximal, true);
        }
    }

    private static List<Integer> members(Proposal proposal) {
        return proposal.isr().stream().map(IsrChangeSender.Member::nodeId).toList();
    }

    private static List<Integer> sorted(List<Integer> some, List<Integer> others) {
        TreeSet<Integer> all = new TreeSet<>(some);
        all.addAll(others);
        return List.copyOf(all);
    }
}
