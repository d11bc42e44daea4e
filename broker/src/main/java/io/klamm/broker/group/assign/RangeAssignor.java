/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code range} (KIP-848): each topic is cut into as many ranges as it has subscribers, the first ones longer by one where it does not
 * divide. Topics with equally many partitions and the same subscribers are cut alike, so that a member has the same partition numbers
 * of all of them, as joins need it. The ranges are in the order of the members: static ones by instance id, then the others by member
 * id, so that a restarted static member has the range it had.
 *
 * <p>Where racks are known (KIP-881), partitions change places between members, at unchanged numbers, if more of them are then read in a
 * rack of a replica; topics that are cut alike stay so.
 */
final class RangeAssignor implements ServerAssignor {
    @Override
    public String name() {
        return "range";
    }

    @Override
    public GroupAssignment assign(GroupSubscription subscription, TopicPartitions topics) {
        AssignmentInput input = new AssignmentInput(subscription, topics);
        int[] owners = new int[input.partitions()];
        Map<Cut, List<Integer>> alike = new LinkedHashMap<>();
        for (int topic = 0; topic < input.topics(); topic++) {
            alike.computeIfAbsent(
                            new Cut(input.partitionsOf(topic), new Members(input.subscribers(topic))),
                            unused -> new ArrayList<>())
                    .add(topic);
        }
        alike.forEach((cut, together) -> assign(input, cut, together, owners));
        return input.toAssignment(owners);
    }

    /** Topics for which this is the same are cut alike. */
    private record Cut(int partitions, Members members) {}

    /** Numbers of members, compared by what is in it. */
    @SuppressWarnings("ArrayRecordComponent") // compared below
    private record Members(int[] numbers) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Members members && Arrays.equals(numbers, members.numbers);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(numbers);
        }
    }

    private static void assign(AssignmentInput input, Cut cut, List<Integer> topics, int[] owners) {
        int[] members = cut.members.numbers;
        int[] share = new int[members.length];
        int[] rack = new int[members.length];
        int[] range = new int[cut.partitions];
        int next = 0;
        for (int i = 0; i < members.length; i++) {
            share[i] = cut.partitions / members.length + (i < cut.partitions % members.length ? 1 : 0);
            rack[i] = input.rackOf(members[i]);
            Arrays.fill(range, next, next + share[i], i);
            next += share[i];
        }
        int[] places =
                new EvenSpread(commonRacks(input, cut, topics), rack, input.rackCount(), share, 0, range).spread();
        for (int topic : topics) {
            for (int partition = 0; partition < cut.partitions; partition++) {
                owners[input.firstPartition(topic) + partition] = members[places[partition]];
            }
        }
    }

    /** For each partition number the racks in which all the topics have a replica of it. */
    private static int[][] commonRacks(AssignmentInput input, Cut cut, List<Integer> topics) {
        int[][] common = new int[cut.partitions][];
        for (int partition = 0; partition < cut.partitions; partition++) {
            common[partition] = input.racksOf(input.firstPartition(topics.get(0)) + partition);
            for (int topic : topics) {
                int[] others = input.racksOf(input.firstPartition(topic) + partition);
                if (others != common[partition]) {
                    common[partition] = Arrays.stream(common[partition])
                            .filter(rack -> AssignmentInput.contains(others, rack))
                            .toArray();
                }
            }
        }
        return common;
    }
}
