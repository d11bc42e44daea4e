/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static io.klamm.broker.group.assign.AssignmentInput.NOBODY;

import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Partitions for members of whom each may have those of its own topics only. Everybody keeps what it has, what nobody has goes to whoever
 * has least, and then partitions are passed on along chains of members as long as somebody at the end of a chain has at least two
 * less than who begins it. When there is no such chain, no other assignment is more even: neither its largest part nor, with that
 * equal, any next smaller one could be less (an optimal semi-matching). At last partitions are exchanged for rack locality.
 */
final class MixedSpread {
    /** Looks at candidates of exchanges; beyond that, what there is is good enough. */
    private static final int MOST_LOOKS = 30_000_000;

    private final AssignmentInput input;
    private final int[] before;
    private final int[] owner;
    private final int[] load;
    /** By member: the partitions it has. */
    private final BitSet[] held;
    /** By member: the topics it subscribes to. */
    private final BitSet[] topics;
    /** No chain that begins here, or passes here, makes anything more even. */
    private final BitSet settled = new BitSet();

    private int looks;

    MixedSpread(AssignmentInput input) {
        this.input = input;
        before = input.currentOwners();
        owner = before.clone();
        load = new int[input.members()];
        held = bitSets(input.members());
        topics = bitSets(input.members());
        for (int topic = 0; topic < input.topics(); topic++) {
            for (int member : input.subscribers(topic)) {
                topics[member].set(topic);
            }
        }
        for (int partition = 0; partition < owner.length; partition++) {
            if (owner[partition] != NOBODY) {
                load[owner[partition]]++;
                held[owner[partition]].set(partition);
            }
        }
    }

    private static BitSet[] bitSets(int count) {
        return IntStream.range(0, count).mapToObj(unused -> new BitSet()).toArray(BitSet[]::new);
    }

    /** The owner of each partition. */
    int[] spread() {
        place();
        for (int member = heaviest(); member != NOBODY; member = heaviest()) {
            passOn(member);
        }
        boolean better = true;
        while (better) {
            better = bringNear();
        }
        return owner;
    }

    private void move(int partition, int to) {
        int from = owner[partition];
        if (from != NOBODY) {
            load[from]--;
            held[from].clear(partition);
        }
        owner[partition] = to;
        load[to]++;
        held[to].set(partition);
    }

    // ---- what nobody has

    /** Topics with few subscribers first: there is least choice. */
    private void place() {
        int[] order = IntStream.range(0, input.topics())
                .boxed()
                .sorted(Comparator.comparingInt(topic -> input.subscribers(topic).length))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int topic : order) {
            for (int p = input.firstPartition(topic); p < input.firstPartition(topic + 1); p++) {
                if (owner[p] == NOBODY) {
                    move(p, lightest(p, input.subscribers(topic)));
                }
            }
        }
    }

    private int lightest(int partition, int[] members) {
        int best = members[0];
        for (int member : members) {
            if (load[member] < load[best]
                    || (load[member] == load[best]
                            && input.isNear(partition, member)
                            && !input.isNear(partition, best))) {
                best = member;
            }
        }
        return best;
    }

    // ---- evenness

    private int heaviest() {
        int heaviest = NOBODY;
        for (int member = settled.nextClearBit(0); member < load.length; member = settled.nextClearBit(member + 1)) {
            if (heaviest == NOBODY || load[member] > load[heaviest]) {
                heaviest = member;
            }
        }
        return heaviest;
    }

    /**
     * Looks for the shortest chain from the member to one with at least two less, and passes partitions on along it. If there is none,
     * everybody that was reached is settled: chains from there reach nobody else, and all of them have one less than the member
     * or more.
     */
    private void passOn(int first) {
        int[] cameFrom = new int[load.length];
        int[] cameBy = new int[load.length];
        int[] queue = new int[load.length];
        BitSet seenMembers = new BitSet();
        BitSet seenTopics = new BitSet();
        seenMembers.set(first);
        queue[0] = first;
        int end = 1;
        int levelEnd = 1;
        int best = NOBODY;
        for (int at = 0; at < end; at++) {
            int giver = queue[at];
            int topic = nextHeldTopic(giver, 0);
            for (; topic >= 0; topic = nextHeldTopic(giver, topic + 1)) {
                if (seenTopics.get(topic)) {
                    continue;
                }
                seenTopics.set(topic);
                for (int taker : input.subscribers(topic)) {
                    if (seenMembers.get(taker) || settled.get(taker)) {
                        continue;
                    }
                    seenMembers.set(taker);
                    cameFrom[taker] = giver;
                    cameBy[taker] = topic;
                    queue[end++] = taker;
                    if (load[taker] <= load[first] - 2 && (best == NOBODY || load[taker] < load[best])) {
                        best = taker;
                    }
                }
            }
            if (at == levelEnd - 1) {
                if (best != NOBODY) {
                    break;
                }
                levelEnd = end;
            }
        }
        if (best == NOBODY) {
            settled.or(seenMembers);
            return;
        }
        for (int taker = best; taker != first; taker = cameFrom[taker]) {
            move(choose(cameFrom[taker], cameBy[taker], taker), taker);
        }
    }

    /** The first topic from there on of which the member has a partition, -1 when there is none. */
    private int nextHeldTopic(int member, int from) {
        if (from >= input.topics()) {
            return -1;
        }
        int partition = held[member].nextSetBit(input.firstPartition(from));
        return partition < 0 ? -1 : input.topicOf(partition);
    }

    /** Which partition of the topic the giver can best do without: rather one that moves anyway, or back, or near. */
    private int choose(int giver, int topic, int taker) {
        int best = NOBODY;
        int bestValue = -1;
        int end = input.firstPartition(topic + 1);
        for (int p = held[giver].nextSetBit(input.firstPartition(topic)); p >= 0 && p < end; ) {
            int value = (before[p] == taker ? 8 : 0)
                    + (before[p] == giver ? 0 : 4)
                    + (input.isNear(p, taker) ? 2 : 0)
                    + (input.isNear(p, giver) ? 0 : 1);
            if (value > bestValue) {
                best = p;
                bestValue = value;
            }
            p = held[giver].nextSetBit(p + 1);
        }
        return best;
    }

    // ---- racks

    /** Moves and exchanges that leave the sizes as they are and bring more partitions near; false when there was none. */
    private boolean bringNear() {
        boolean better = false;
        if (input.rackCount() == 0) {
            return false;
        }
        for (int p = 0; p < owner.length && looks < MOST_LOOKS; p++) {
            if (input.racksOf(p).length > 0 && !input.isNear(p, owner[p])) {
                better |= bringNear(p);
            }
        }
        return better && looks < MOST_LOOKS;
    }

    private boolean bringNear(int far) {
        int giver = owner[far];
        for (int taker : input.subscribers(input.topicOf(far))) {
            looks++;
            if (!input.isNear(far, taker)) {
                continue;
            }
            if (load[taker] == load[giver] - 1) {
                move(far, taker);
                return true;
            }
            int back = inExchange(giver, taker);
            if (back != NOBODY) {
                move(far, taker);
                move(back, giver);
                return true;
            }
        }
        return false;
    }

    /** A partition of the taker's that is near the giver, or far from both, so that an exchange is a gain. */
    private int inExchange(int giver, int taker) {
        for (int p = held[taker].nextSetBit(0); p >= 0; p = held[taker].nextSetBit(p + 1)) {
            looks++;
            if (topics[giver].get(input.topicOf(p)) && (input.isNear(p, giver) || !input.isNear(p, taker))) {
                return p;
            }
        }
        return NOBODY;
    }
}
