/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** What must be true of every assignment, and what can be counted in one; the best there is by trying all, for small groups. */
final class AssignmentChecks {
    private AssignmentChecks() {}

    /** Every partition of a topic with subscribers has exactly one owner, which subscribes to it, and nothing else is assigned. */
    static void valid(GroupSubscription subscription, TopicPartitions topics, GroupAssignment assignment) {
        assertThat(assignment.members().keySet())
                .isEqualTo(subscription.members().keySet());
        Map<TopicPartition, String> owners = new HashMap<>();
        assignment
                .members()
                .forEach((member, parts) -> parts.forEach((topic, partition) -> {
                    assertThat(member(subscription, member).topics()).contains(topic);
                    assertThat(owners.put(new TopicPartition(topic.toString(), partition), member))
                            .as("two owners")
                            .isNull();
                }));
        int expected = topics.topics().values().stream()
                .filter(topic -> subscription.members().values().stream()
                        .anyMatch(member -> member.topics().contains(topic.id())))
                .mapToInt(TopicPartitions.Topic::partitions)
                .sum();
        assertThat(owners).hasSize(expected);
        assignment
                .members()
                .values()
                .forEach(parts -> parts.forEach((topic, partition) ->
                        assertThat(partition).isLessThan(topic(topics, topic).partitions())));
    }

    private static MemberSubscription member(GroupSubscription subscription, String id) {
        return Objects.requireNonNull(subscription.members().get(id));
    }

    private static TopicPartitions.Topic topic(TopicPartitions topics, Uuid id) {
        return Objects.requireNonNull(topics.topics().get(id));
    }

    static List<Integer> sizes(GroupAssignment assignment) {
        return assignment.members().values().stream().map(PartitionSet::size).toList();
    }

    /** The smaller, the more even; equal only for equally even ones. */
    static long unevenness(List<Integer> sizes) {
        return sizes.stream().mapToLong(size -> (long) size * size).sum();
    }

    static int near(GroupSubscription subscription, TopicPartitions topics, GroupAssignment assignment) {
        int[] near = {0};
        assignment
                .members()
                .forEach((id, parts) -> parts.forEach((topic, partition) -> {
                    String rack = member(subscription, id).rack();
                    if (rack != null && topic(topics, topic).racksOf(partition).contains(rack)) {
                        near[0]++;
                    }
                }));
        return near[0];
    }

    /** Partitions that members have as before. */
    static int kept(GroupSubscription subscription, GroupAssignment assignment) {
        return assignment.members().entrySet().stream()
                .mapToInt(entry -> entry.getValue()
                        .intersect(member(subscription, entry.getKey()).target())
                        .size())
                .sum();
    }

    /**
     * @param unevenness the least there is
     * @param near the most there is among those, of partitions in the rack of their member
     */
    record Best(long unevenness, int near) {}

    /** Tries all assignments. */
    static Best best(GroupSubscription subscription, TopicPartitions topics) {
        List<MemberSubscription> members = List.copyOf(subscription.members().values());
        List<List<Integer>> owners = new ArrayList<>();
        List<List<Boolean>> near = new ArrayList<>();
        topics.topics().values().forEach(topic -> {
            for (int p = 0; p < topic.partitions(); p++) {
                List<Integer> possible = new ArrayList<>();
                List<Boolean> inRack = new ArrayList<>();
                for (int m = 0; m < members.size(); m++) {
                    if (members.get(m).topics().contains(topic.id())) {
                        possible.add(m);
                        String rack = members.get(m).rack();
                        inRack.add(rack != null && topic.racksOf(p).contains(rack));
                    }
                }
                if (!possible.isEmpty()) {
                    owners.add(possible);
                    near.add(inRack);
                }
            }
        });
        return best(owners, near, 0, new int[members.size()], 0);
    }

    private static Best best(List<List<Integer>> owners, List<List<Boolean>> near, int next, int[] load, int soFar) {
        if (next == owners.size()) {
            long unevenness = 0;
            for (int one : load) {
                unevenness += (long) one * one;
            }
            return new Best(unevenness, soFar);
        }
        Best best = new Best(Long.MAX_VALUE, 0);
        for (int i = 0; i < owners.get(next).size(); i++) {
            int owner = owners.get(next).get(i);
            load[owner]++;
            Best one =
                    best(owners, near, next + 1, load, soFar + (near.get(next).get(i) ? 1 : 0));
            load[owner]--;
            if (one.unevenness < best.unevenness || (one.unevenness == best.unevenness && one.near > best.near)) {
                best = one;
            }
        }
        return best;
    }
}
