/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.junit.jupiter.api.Test;

/** What administrators are told of groups. */
class GroupViewsTest {
    private final VirtualShard shard = new VirtualShard();

    private List<String> list(List<String> states, List<String> types) {
        return GroupViews.list(
                        shard.groups,
                        new ListGroupsRequestData().setStatesFilter(states).setTypesFilter(types))
                .stream()
                .map(ListedGroup::groupId)
                .sorted()
                .toList();
    }

    @Test
    void groupsAreListedByStateAndType() {
        Uuid topic = shard.topics.put("topic", 1);
        shard.commit("empty", "topic", topic, 3);
        var unused = shard.joinNew("joining", "range");
        shard.heartbeat(new ConsumerGroupHeartbeatRequestData()
                .setGroupId("new")
                .setMemberId("member")
                .setRebalanceTimeoutMs(10_000)
                .setSubscribedTopicNames(List.of("topic"))
                .setTopicPartitions(List.of()));

        assertThat(list(List.of(), List.of())).containsExactly("empty", "joining", "new");
        assertThat(list(List.of(), List.of("classic"))).containsExactly("empty", "joining");
        assertThat(list(List.of(), List.of("Consumer"))).containsExactly("new");
        assertThat(list(List.of("Empty"), List.of())).containsExactly("empty");
        assertThat(list(List.of("stable"), List.of())).containsExactly("new");
        assertThat(list(List.of("preparingrebalance", "stable"), List.of("CLASSIC")))
                .containsExactly("joining");
        assertThat(list(List.of("Dead"), List.of())).isEmpty();
        assertThat(list(List.of(), List.of("share"))).isEmpty();
    }
}
