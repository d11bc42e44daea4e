/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.metadata.fact.Voter;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which voter to ask for the active controller: the leader as this node's own voter knows it, else the last one that answered or
 * was named by another voter, else all in turn. Thread-safe.
 */
public final class ControllerLocator {
    private static final int UNKNOWN = -1;

    private final Supplier<List<Voter>> voters;
    private final IntSupplier ownView;
    private int hint = UNKNOWN;
    private int cursor;

    /**
     * @param voters at least one; asked each time, since the quorum may get other members
     * @param ownView node id of the leader as this node's own voter knows it; -1 when it knows none or this node is no voter
     */
    public ControllerLocator(Supplier<List<Voter>> voters, IntSupplier ownView) {
        this.voters = voters;
        this.ownView = ownView;
    }

    public List<Voter> voters() {
        return voters.get();
    }

    /** Node id of the active controller as far as it is known here, -1 when it is not. */
    public synchronized int leaderId() {
        int own = ownView.getAsInt();
        return own >= 0 ? own : hint;
    }

    /** The voter to ask now. */
    public synchronized Voter next() {
        Voter own = voter(ownView.getAsInt());
        if (own != null) {
            return own;
        }
        Voter hinted = voter(hint);
        return hinted != null ? hinted : inTurn();
    }

    /** A voter says that {@code leaderId} leads; -1 says nothing. */
    public synchronized void leads(int leaderId) {
        if (leaderId >= 0) {
            hint = leaderId;
        }
    }

    /** This one is not the active controller, or does not answer: others are asked before it. */
    public synchronized void doesNotLead(int nodeId) {
        if (hint == nodeId) {
            hint = UNKNOWN;
        }
        if (inTurn().nodeId() == nodeId) {
            cursor++;
        }
    }

    private Voter inTurn() {
        List<Voter> now = voters.get();
        return now.get(Math.floorMod(cursor, now.size()));
    }

    private @Nullable Voter voter(int nodeId) {
        if (nodeId < 0) {
            return null;
        }
        for (Voter voter : voters.get()) {
            if (voter.nodeId() == nodeId) {
                return voter;
            }
        }
        return null;
    }
}
