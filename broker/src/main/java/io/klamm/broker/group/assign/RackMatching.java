/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Arrays;

/**
 * How many partitions can be read in a rack of one of their replicas, and which: a maximum matching of partitions and the seats of racks,
 * by augmenting paths. Some seats are floating: a member may take one more partition than its share while there are some
 * left, so a rack may have them only as long as others do not.
 */
final class RackMatching {
    private static final int NONE = -1;

    /** How a rack was reached: the one before takes over a floating seat of this one. */
    private static final int FLOATING_SEAT = -2;

    private final int[][] racksOf;
    private final int[] seats;
    private final int[] mostFloating;
    private final int floating;

    private final int[] rackOf;
    private final int[] used;

    /** No path leads from here to a free seat, nor ever will. */
    private final boolean[] full;

    private final int[] cameFrom;
    private final int[] cameBy;
    private final int[] queue;

    /**
     * @param racksOf for each partition the racks of its replicas
     * @param seats by rack: what its members take in any case
     * @param mostFloating by rack: how many of the floating seats it can use
     * @param floating seats that any rack may use
     * @param kept for each partition its rack now, -1 for none; together no more than there are seats
     */
    RackMatching(int[][] racksOf, int[] seats, int[] mostFloating, int floating, int[] kept) {
        this.racksOf = racksOf;
        this.seats = seats;
        this.mostFloating = mostFloating;
        this.floating = floating;
        this.rackOf = kept.clone();
        int racks = seats.length;
        used = new int[racks];
        full = new boolean[racks];
        cameFrom = new int[racks];
        cameBy = new int[racks];
        queue = new int[racks];
        for (int rack : rackOf) {
            if (rack != NONE) {
                used[rack]++;
            }
        }
    }

    /** By partition: a rack of one of its replicas, -1 for those for which there is no seat. What was kept has a rack still. */
    int[] match() {
        for (int partition = 0; partition < racksOf.length; partition++) {
            if (rackOf[partition] == NONE) {
                place(partition);
            }
        }
        return rackOf;
    }

    private void place(int partition) {
        Arrays.fill(cameBy, NONE);
        int end = reach(racksOf[partition], NONE, partition, 0);
        for (int at = 0; at < end; at++) {
            int rack = queue[at];
            if (hasFreeSeat(rack)) {
                shift(rack);
                return;
            }
            if (used[rack] < seats[rack] + mostFloating[rack]) {
                for (int other = 0; other < used.length; other++) {
                    if (used[other] > seats[other]) {
                        end = reach(other, rack, FLOATING_SEAT, end);
                    }
                }
            }
            for (int other = 0; other < rackOf.length; other++) {
                if (rackOf[other] == rack) {
                    end = reach(racksOf[other], rack, other, end);
                }
            }
        }
        for (int at = 0; at < end; at++) {
            full[queue[at]] = true;
        }
    }

    private int reach(int[] racks, int from, int by, int end) {
        int next = end;
        for (int rack : racks) {
            next = reach(rack, from, by, next);
        }
        return next;
    }

    private int reach(int rack, int from, int by, int end) {
        if (cameBy[rack] != NONE || full[rack]) {
            return end;
        }
        cameFrom[rack] = from;
        cameBy[rack] = by;
        queue[end] = rack;
        return end + 1;
    }

    private boolean hasFreeSeat(int rack) {
        if (used[rack] < seats[rack]) {
            return true;
        }
        return used[rack] < seats[rack] + mostFloating[rack] && floatingInUse() < floating;
    }

    private int floatingInUse() {
        int inUse = 0;
        for (int rack = 0; rack < used.length; rack++) {
            inUse += Math.max(0, used[rack] - seats[rack]);
        }
        return inUse;
    }

    /** Each partition on the way takes the seat that the next one leaves, the last one the free seat. */
    private void shift(int last) {
        for (int rack = last; rack != NONE; rack = cameFrom[rack]) {
            int partition = cameBy[rack];
            if (partition != FLOATING_SEAT) {
                if (rackOf[partition] != NONE) {
                    used[rackOf[partition]]--;
                }
                rackOf[partition] = rack;
                used[rack]++;
            }
        }
    }
}
