/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UniformAssignorTest {
    private static final int SEEDS = 300;
    private final ServerAssignor assignor = new UniformAssignor();

    private static void seeds(int count, LongConsumer test) {
        for (long seed = 0; seed < count; seed++) {
            try {
                test.accept(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void everyAssignmentIsValidAndStaysWhenNothingChanges() {
        seeds(SEEDS, seed -> {
            RandomGroup group = new RandomGroup(seed, seed % 2 == 0, seed % 3 > 0, (int) (seed % 13), 5, 12);
            for (int step = 0; step < 8; step++) {
                GroupAssignment assignment = assignor.assign(group.subscription(), group.topics());
                AssignmentChecks.valid(group.subscription(), group.topics(), assignment);
                assertThat(assignor.assign(group.subscription(), group.topics()))
                        .isEqualTo(assignment);
                group.adopt(assignment);
                assertThat(assignor.assign(group.subscription(), group.topics()))
                        .isEqualTo(assignment);
                group.change();
            }
        });
    }

    @Test
    void membersWithTheSameTopicsDifferByOneAtMostAndMoveNoMoreThanTheyMust() {
        seeds(SEEDS, seed -> {
            RandomGroup group = new RandomGroup(seed, true, false, 1 + (int) (seed % 9), 3, 30);
            for (int step = 0; step < 8; step++) {
                GroupSubscription before = group.subscription();
                GroupAssignment assignment = assignor.assign(before, group.topics());
                List<Integer> sizes = AssignmentChecks.sizes(assignment);
                if (!sizes.isEmpty()) {
                    assertThat(Collections.max(sizes) - Collections.min(sizes)).isLessThan(2);
                    assertThat(AssignmentChecks.kept(before, assignment)).isEqualTo(mostKept(before, group.topics()));
                }
                group.adopt(assignment);
                group.change();
            }
        });
    }

    /** As many as fit into even shares, where the shares that are larger by one go to those who can use them. */
    private static int mostKept(GroupSubscription subscription, TopicPartitions topics) {
        int all = topics.topics().values().stream()
                .mapToInt(TopicPartitions.Topic::partitions)
                .sum();
        int share = all / subscription.members().size();
        int extras = all % subscription.members().size();
        int kept = 0;
        for (MemberSubscription member : subscription.members().values()) {
            int[] exists = {0};
            member.target().forEach((topic, partition) -> {
                TopicPartitions.Topic known = topics.topics().get(topic);
                exists[0] += known != null && partition < known.partitions() ? 1 : 0;
            });
            boolean uses = exists[0] > share && extras > 0;
            kept += Math.min(exists[0], share) + (uses ? 1 : 0);
            extras -= uses ? 1 : 0;
        }
        return kept;
    }

    @Test
    void noOtherAssignmentIsMoreEvenWhateverTheSubscriptions() {
        seeds(SEEDS, seed -> {
            RandomGroup group = new RandomGroup(seed, false, seed % 2 == 0, 1 + (int) (seed % 4), 3, 2);
            GroupAssignment assignment = GroupAssignmentSteps.last(assignor, group, 3);
            assertThat(AssignmentChecks.unevenness(AssignmentChecks.sizes(assignment)))
                    .isEqualTo(AssignmentChecks.best(group.subscription(), group.topics())
                            .unevenness());
        });
    }

    @Test
    void amongEvenAssignmentsOneIsTakenThatIsReadInAsManyRacksAsPossible() {
        seeds(SEEDS, seed -> {
            RandomGroup group = new RandomGroup(seed, true, true, 1 + (int) (seed % 4), 3, 2);
            GroupAssignment assignment = GroupAssignmentSteps.last(assignor, group, 3);
            AssignmentChecks.Best best = AssignmentChecks.best(group.subscription(), group.topics());
            assertThat(AssignmentChecks.unevenness(AssignmentChecks.sizes(assignment)))
                    .isEqualTo(best.unevenness());
            assertThat(AssignmentChecks.near(group.subscription(), group.topics(), assignment))
                    .isEqualTo(best.near());
        });
    }

    @Test
    void evenMixedSubscriptionsUseRacks() {
        int[] sum = {0, 0};
        seeds(SEEDS, seed -> {
            RandomGroup group = new RandomGroup(seed, false, true, 1 + (int) (seed % 4), 3, 2);
            GroupAssignment assignment = GroupAssignmentSteps.last(assignor, group, 3);
            sum[0] += AssignmentChecks.near(group.subscription(), group.topics(), assignment);
            sum[1] +=
                    AssignmentChecks.best(group.subscription(), group.topics()).near();
        });
        assertThat(sum[0]).as("near, of %s that could be", sum[1]).isGreaterThan(sum[1] * 95 / 100);
    }

    @Test
    void chainsOfMembersEvenOutWhatNoSinglePartitionCould() {
        Uuid left = new Uuid(0, 1);
        Uuid right = new Uuid(0, 2);
        GroupSubscription subscription = new GroupSubscription(new TreeMap<>(Map.of(
                "a", member("a", null, Set.of(left), PartitionSet.of(left, 0, 1)),
                "b", member("b", null, Set.of(left, right), PartitionSet.of(right, 0)),
                "c", member("c", null, Set.of(right), PartitionSet.EMPTY))));
        GroupAssignment assignment = assignor.assign(subscription, topics(topic(left, 2), topic(right, 1)));
        assertThat(AssignmentChecks.sizes(assignment)).containsExactly(1, 1, 1);
        assertThat(assignment.of("c")).isEqualTo(PartitionSet.of(right, 0));
    }

    @Test
    void largeGroupsAreNoProblem() {
        for (boolean homogeneous : List.of(true, false)) {
            for (boolean racks : List.of(true, false)) {
                RandomGroup group = new RandomGroup(5, homogeneous, racks, 1_000, 100, 200);
                for (int round = 0; round < 2; round++) {
                    GroupAssignment assignment = assignor.assign(group.subscription(), group.topics());
                    AssignmentChecks.valid(group.subscription(), group.topics(), assignment);
                    group.adopt(assignment);
                    IntStream.range(0, 200).forEach(unused -> group.leave());
                    IntStream.range(0, 200).forEach(unused -> group.join());
                }
            }
        }
    }

    @Test
    void nobodyAndNothing() {
        assertThat(assignor.assign(new GroupSubscription(new TreeMap<>()), topics(topic(new Uuid(0, 1), 3)))
                        .members())
                .isEmpty();
        GroupSubscription alone = new GroupSubscription(new TreeMap<>(
                Map.of("a", member("a", null, Set.of(new Uuid(0, 1)), PartitionSet.of(new Uuid(0, 1), 0)))));
        assertThat(assignor.assign(alone, TopicPartitions.NONE).of("a")).isEqualTo(PartitionSet.EMPTY);
    }

    static MemberSubscription member(String id, @Nullable String instance, Set<Uuid> topics, PartitionSet target) {
        SortedSet<Uuid> sorted = new TreeSet<>(topics);
        return new MemberSubscription(id, instance, null, sorted, target);
    }

    static TopicPartitions.Topic topic(Uuid id, int partitions) {
        return new TopicPartitions.Topic(id, "topic" + id.getLeastSignificantBits(), partitions, List.of());
    }

    static TopicPartitions topics(TopicPartitions.Topic... topics) {
        TreeMap<Uuid, TopicPartitions.Topic> byId = new TreeMap<>();
        for (TopicPartitions.Topic topic : topics) {
            byId.put(topic.id(), topic);
        }
        return new TopicPartitions(byId);
    }
}
