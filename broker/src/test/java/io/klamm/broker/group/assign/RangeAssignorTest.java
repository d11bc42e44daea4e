/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import static io.klamm.broker.group.assign.UniformAssignorTest.member;
import static io.klamm.broker.group.assign.UniformAssignorTest.topic;
import static io.klamm.broker.group.assign.UniformAssignorTest.topics;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class RangeAssignorTest {
    private static final Uuid ONE = new Uuid(0, 1);
    private static final Uuid TWO = new Uuid(0, 2);
    private static final Uuid THREE = new Uuid(0, 3);

    private final ServerAssignor assignor = new RangeAssignor();

    private static GroupSubscription group(MemberSubscription... members) {
        TreeMap<String, MemberSubscription> byId = new TreeMap<>();
        for (MemberSubscription member : members) {
            byId.put(member.memberId(), member);
        }
        return new GroupSubscription(byId);
    }

    private static MemberSubscription dynamic(String id, Uuid... topics) {
        return member(id, null, Set.of(topics), PartitionSet.EMPTY);
    }

    @Test
    void eachTopicIsCutIntoRangesTheFirstOnesLongerByOne() {
        GroupAssignment assignment = assignor.assign(
                group(dynamic("a", ONE, TWO), dynamic("b", ONE, TWO), dynamic("c", TWO)),
                topics(topic(ONE, 5), topic(TWO, 2)));
        assertThat(assignment.of("a")).isEqualTo(PartitionSet.of(Map.of(ONE, List.of(0, 1, 2), TWO, List.of(0))));
        assertThat(assignment.of("b")).isEqualTo(PartitionSet.of(Map.of(ONE, List.of(3, 4), TWO, List.of(1))));
        assertThat(assignment.of("c")).isEqualTo(PartitionSet.EMPTY);
    }

    @Test
    void aStaticMemberKeepsItsRangeWhateverItsNewId() {
        MemberSubscription before = member("x9", "instance-2", Set.of(ONE), PartitionSet.EMPTY);
        MemberSubscription after = member("a0", "instance-2", Set.of(ONE), PartitionSet.EMPTY);
        MemberSubscription other = member("m", "instance-1", Set.of(ONE), PartitionSet.EMPTY);
        TopicPartitions topics = topics(topic(ONE, 4));
        assertThat(assignor.assign(group(before, other, dynamic("b", ONE)), topics)
                        .of("x9"))
                .isEqualTo(assignor.assign(group(after, other, dynamic("b", ONE)), topics)
                        .of("a0"))
                .isEqualTo(PartitionSet.of(ONE, 2));
    }

    @Test
    void randomGroupsAreValidAndTopicsThatAreAlikeAreCutAlike() {
        for (long seed = 0; seed < 300; seed++) {
            RandomGroup group = new RandomGroup(seed, seed % 2 == 0, seed % 3 > 0, (int) (seed % 9), 6, 3);
            GroupAssignment assignment = GroupAssignmentSteps.last(assignor, group, 4);
            GroupSubscription subscription = group.subscription();
            AssignmentChecks.valid(subscription, group.topics(), assignment);
            assertThat(assignor.assign(subscription, group.topics()))
                    .as("seed %s", seed)
                    .isEqualTo(assignment);
            for (TopicPartitions.Topic left : group.topics().topics().values()) {
                for (TopicPartitions.Topic right : group.topics().topics().values()) {
                    if (left.partitions() == right.partitions()
                            && subscribers(subscription, left).equals(subscribers(subscription, right))) {
                        assignment.members().values().forEach(parts -> assertThat(parts.partitions(left.id()))
                                .isEqualTo(parts.partitions(right.id())));
                    }
                }
                if (!subscribers(subscription, left).isEmpty()) {
                    int share =
                            left.partitions() / subscribers(subscription, left).size();
                    subscribers(subscription, left).forEach(id -> assertThat(
                                    assignment.of(id).partitions(left.id()).size())
                            .isBetween(share, share + 1));
                }
            }
        }
    }

    private static Set<String> subscribers(GroupSubscription subscription, TopicPartitions.Topic topic) {
        Set<String> ids = new TreeSet<>();
        subscription.members().values().forEach(member -> {
            if (member.topics().contains(topic.id())) {
                ids.add(member.memberId());
            }
        });
        return ids;
    }

    @Test
    void racksChangePlacesWithinTheSharesAndForTopicsTogether() {
        List<Set<String>> places = List.of(Set.of("b"), Set.of("b"), Set.of("a"), Set.of("a"));
        TopicPartitions topics = topics(
                new TopicPartitions.Topic(ONE, "one", 4, places), new TopicPartitions.Topic(TWO, "two", 4, places));
        MemberSubscription a =
                new MemberSubscription("m1", null, "a", new TreeSet<>(Set.of(ONE, TWO)), PartitionSet.EMPTY);
        MemberSubscription b =
                new MemberSubscription("m2", null, "b", new TreeSet<>(Set.of(ONE, TWO)), PartitionSet.EMPTY);
        GroupAssignment assignment = assignor.assign(group(a, b), topics);
        assertThat(assignment.of("m1")).isEqualTo(PartitionSet.of(Map.of(ONE, List.of(2, 3), TWO, List.of(2, 3))));
        assertThat(assignment.of("m2")).isEqualTo(PartitionSet.of(Map.of(ONE, List.of(0, 1), TWO, List.of(0, 1))));
    }

    @Test
    void topicsWithoutRacksAreCutAsEver() {
        MemberSubscription a =
                new MemberSubscription("m1", null, "a", new TreeSet<>(Set.of(THREE)), PartitionSet.EMPTY);
        MemberSubscription b =
                new MemberSubscription("m2", null, "b", new TreeSet<>(Set.of(THREE)), PartitionSet.EMPTY);
        assertThat(assignor.assign(group(a, b), topics(topic(THREE, 3))).of("m1"))
                .isEqualTo(PartitionSet.of(THREE, 0, 1));
    }
}
