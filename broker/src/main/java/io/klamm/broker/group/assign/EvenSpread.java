/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static io.klamm.broker.group.assign.AssignmentInput.NOBODY;

import java.util.Arrays;

/**
 * Partitions for members of whom each may have any of them and whose shares are given. As many partitions as possible are read in a rack of
 * one of their replicas; as many as possible of the others, and of equals, stay where they are.
 */
final class EvenSpread {
    private final int[][] racksOf;
    private final int[] memberRack;
    private final int rackCount;
    private final int[] share;
    private final int extras;
    private final int[] current;

    private final int[] load;
    private final int[] owner;

    /** Extras that a rack needs for what is matched with it. */
    private final int[] reserved;

    private int unreserved;

    /**
     * @param racksOf for each partition the racks of its replicas
     * @param memberRack by member, -1 for none
     * @param share by member: how many partitions it gets in any case
     * @param extras so many members get one more than their share; with the shares, the number of partitions
     * @param current who has each partition now, or {@link AssignmentInput#NOBODY}
     */
    EvenSpread(int[][] racksOf, int[] memberRack, int rackCount, int[] share, int extras, int[] current) {
        this.racksOf = racksOf;
        this.memberRack = memberRack;
        this.rackCount = rackCount;
        this.share = share;
        this.extras = extras;
        this.current = current;
        load = new int[share.length];
        owner = new int[racksOf.length];
        Arrays.fill(owner, NOBODY);
        reserved = new int[rackCount];
    }

    /** The owner of each partition. */
    int[] spread() {
        int[] rack = matchRacks();
        for (int partition = 0; partition < owner.length; partition++) {
            if (rack[partition] >= 0 && isIn(current[partition], rack[partition])) {
                offer(partition, current[partition]);
            }
        }
        for (int r = 0; r < rackCount; r++) {
            fill(rack, r);
        }
        for (int partition = 0; partition < owner.length; partition++) {
            if (owner[partition] == NOBODY && current[partition] != NOBODY) {
                offer(partition, current[partition]);
            }
        }
        fill(rack, -1);
        return owner;
    }

    private boolean isIn(int member, int rack) {
        return member != NOBODY && memberRack[member] == rack;
    }

    /** The rack in which each partition is to be read, -1 where that does not matter; sets extras aside for it. */
    private int[] matchRacks() {
        int[] seats = new int[rackCount];
        int[] mostExtras = new int[rackCount];
        for (int m = 0; m < share.length; m++) {
            if (memberRack[m] >= 0) {
                seats[memberRack[m]] += share[m];
                mostExtras[memberRack[m]]++;
            }
        }
        int[] rack = new RackMatching(racksOf, seats, mostExtras, extras, keptRacks()).match();
        unreserved = extras;
        for (int r : rack) {
            if (r >= 0 && --seats[r] < 0) {
                reserved[r]++;
                unreserved--;
            }
        }
        return rack;
    }

    /** The matching begins with what members have in their racks, as far as their shares go. */
    private int[] keptRacks() {
        int[] kept = new int[owner.length];
        int[] count = new int[share.length];
        int extrasLeft = extras;
        for (int partition = 0; partition < kept.length; partition++) {
            kept[partition] = -1;
            int member = current[partition];
            if (member == NOBODY || !AssignmentInput.contains(racksOf[partition], memberRack[member])) {
                continue;
            }
            boolean needsExtra = count[member] == share[member];
            if (count[member] < share[member] || (needsExtra && extrasLeft > 0)) {
                extrasLeft -= needsExtra ? 1 : 0;
                count[member]++;
                kept[partition] = memberRack[member];
            }
        }
        return kept;
    }

    /** Gives what is matched with a rack and not placed yet to its members in turn; with -1, all that is left to all of them. */
    private void fill(int[] rack, int wanted) {
        int members = share.length;
        int next = 0;
        boolean sharesAreFull = false;
        for (int partition = 0; partition < owner.length; partition++) {
            if (owner[partition] != NOBODY || rack[partition] != wanted) {
                continue;
            }
            for (int tried = 0; owner[partition] == NOBODY; tried++) {
                if (tried == members) {
                    if (sharesAreFull) {
                        throw new IllegalStateException("shares and extras are fewer than partitions");
                    }
                    sharesAreFull = true;
                    tried = 0;
                }
                boolean fits = wanted < 0 || memberRack[next] == wanted;
                if (fits && (sharesAreFull || load[next] < share[next])) {
                    offer(partition, next);
                }
                next = (next + 1) % members;
            }
        }
    }

    /** The member takes the partition if it has room. */
    private void offer(int partition, int member) {
        if (load[member] < share[member] || (load[member] == share[member] && takeExtra(memberRack[member]))) {
            load[member]++;
            owner[partition] = member;
        }
    }

    private boolean takeExtra(int rack) {
        if (rack >= 0 && reserved[rack] > 0) {
            reserved[rack]--;
            return true;
        }
        if (unreserved > 0) {
            unreserved--;
            return true;
        }
        return false;
    }
}
