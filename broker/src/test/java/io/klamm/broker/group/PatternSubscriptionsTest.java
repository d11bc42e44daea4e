/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Subscriptions of consumer groups by regular expression. */
class PatternSubscriptionsTest {
    private static final String GROUP = "group";

    private VirtualShard shard = new VirtualShard();

    @BeforeEach
    void makeTopics() {
        shard.topics.put("orders-eu", 2);
        shard.topics.put("orders-us", 2);
        shard.topics.put("bills", 2);
        shard.topics.put("__consumer_offsets", 2);
    }

    private static ConsumerGroupHeartbeatRequestData joining(String memberId, String pattern, String... names) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(30_000)
                .setSubscribedTopicNames(List.of(names))
                .setSubscribedTopicRegex(pattern)
                .setTopicPartitions(new ArrayList<>());
    }

    /** The member is heard, and owns what it was told to. */
    private void heard(String memberId) {
        ConsumerMember member = Objects.requireNonNull(shard.consumer(GROUP).member(memberId));
        PartitionSet owned = member.assignment().assigned();
        List<TopicPartitions> rows = new ArrayList<>();
        owned.topics()
                .forEach(id -> rows.add(new TopicPartitions().setTopicId(id).setPartitions(owned.partitions(id))));
        ConsumerGroupHeartbeatResponseData answer = shard.heartbeat(new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(member.epoch())
                .setTopicPartitions(rows));
        assertThat(Errors.forCode(answer.errorCode())).as(answer.errorMessage()).isEqualTo(Errors.NONE);
    }

    private SortedSet<String> topicsOf(String memberId) {
        SortedSet<String> names = new TreeSet<>();
        Objects.requireNonNull(shard.consumer(GROUP).member(memberId))
                .assignment()
                .assigned()
                .topics()
                .forEach(id -> names.add(Objects.requireNonNull(shard.topics.topicName(id))));
        return names;
    }

    @Test
    void aMemberReadsTheTopicsThatMatchOneHeartbeatLater() {
        assertThat(shard.heartbeat(joining("a", "orders-.*")).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(topicsOf("a")).isEmpty();
        shard.advance(5_000);
        heard("a");
        assertThat(topicsOf("a")).containsExactly("orders-eu", "orders-us");
    }

    @Test
    void namesAndPatternsAddUpAndInternalTopicsAreLeftOut() {
        shard.heartbeat(joining("a", ".*-eu|__.*", "bills"));
        assertThat(topicsOf("a")).containsExactly("bills");
        shard.advance(5_000);
        heard("a");
        assertThat(topicsOf("a")).containsExactly("bills", "orders-eu");
    }

    @Test
    void aTopicThatIsMadeLaterIsReadAndOneThatIsDeletedIsNot() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(5_000);
        heard("a");
        shard.topics.put("orders-asia", 1);
        shard.topics.remove("orders-us");
        shard.topicsChanged("orders-asia", "orders-us");
        heard("a");
        heard("a");
        assertThat(topicsOf("a")).as("deleted is deleted at once").containsExactly("orders-eu");
        shard.advance(PatternSubscriptions.LEAST_MS);
        heard("a");
        shard.advance(100);
        heard("a");
        assertThat(topicsOf("a")).containsExactly("orders-asia", "orders-eu");
    }

    @Test
    void aGroupIsLookedAtOnlySoOften() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(1_000);
        heard("a");
        shard.heartbeat(joining("b", "bills"));
        shard.advance(1_000);
        heard("b");
        assertThat(shard.consumer(GROUP).patterns()).containsOnlyKeys("orders-.*");
        shard.advance(PatternSubscriptions.LEAST_MS);
        heard("b");
        shard.advance(100);
        assertThat(shard.consumer(GROUP).patterns()).containsOnlyKeys("orders-.*", "bills");
    }

    @Test
    void aPatternIsLookedUpAnewAfterTheIntervalEvenIfNobodyHasToldOfATopic() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(1_000);
        shard.topics.put("orders-asia", 1);
        for (int i = 0; i < 620; i += 20) {
            shard.advance(20_000);
            heard("a");
        }
        shard.advance(100);
        heard("a");
        assertThat(topicsOf("a")).contains("orders-asia");
    }

    @Test
    void noEpochBeginsWhenATopicThatDoesNotMatchComes() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(5_000);
        heard("a");
        int epoch = shard.consumer(GROUP).epoch().epoch();
        shard.topics.put("news", 1);
        shard.topicsChanged("news");
        shard.advance(PatternSubscriptions.LEAST_MS);
        heard("a");
        shard.advance(100);
        heard("a");
        assertThat(shard.consumer(GROUP).epoch().epoch()).isEqualTo(epoch);
    }

    @Test
    void whatIsNoExpressionIsRefusedAndLeavesNoGroup() {
        ConsumerGroupHeartbeatResponseData answer = shard.heartbeat(joining("a", "(orders"));
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.INVALID_REGULAR_EXPRESSION);
        assertThat(answer.errorMessage()).contains("(orders");
        assertThat(shard.groups.group(GROUP)).isNull();
    }

    @Test
    void patternsThatNobodyUsesAnyMoreAreForgotten() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(5_000);
        heard("a");
        ConsumerGroupHeartbeatRequestData other = joining("a", "bills");
        other.setMemberEpoch(
                Objects.requireNonNull(shard.consumer(GROUP).member("a")).epoch());
        shard.heartbeat(other);
        assertThat(shard.consumer(GROUP).patterns()).isEmpty();
        shard.advance(PatternSubscriptions.LEAST_MS);
        heard("a");
        shard.advance(100);
        heard("a");
        assertThat(topicsOf("a")).containsExactly("bills");
        assertThat(shard.consumer(GROUP).patterns()).containsOnlyKeys("bills");
    }

    @Test
    void theNextCoordinatorKnowsWhatPatternsStandFor() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.advance(5_000);
        heard("a");
        Map<String, ResolvedPattern> before = shard.consumer(GROUP).patterns();
        shard = shard.successor();
        assertThat(shard.consumer(GROUP).patterns()).isEqualTo(before).isNotEmpty();
        int epoch = shard.consumer(GROUP).epoch().epoch();
        heard("a");
        shard.advance(100);
        heard("a");
        assertThat(shard.consumer(GROUP).epoch().epoch()).isEqualTo(epoch);
    }

    @Test
    void whatCouldNotBeWrittenIsFoundAgain() {
        shard.heartbeat(joining("a", "orders-.*"));
        shard.appendError = Errors.COORDINATOR_NOT_AVAILABLE;
        shard.advance(5_000);
        shard.appendError = Errors.NONE;
        assertThat(shard.consumer(GROUP).patterns()).isEmpty();
        shard.advance(PatternSubscriptions.LEAST_MS);
        heard("a");
        shard.advance(100);
        heard("a");
        assertThat(topicsOf("a")).containsExactly("orders-eu", "orders-us");
    }
}
