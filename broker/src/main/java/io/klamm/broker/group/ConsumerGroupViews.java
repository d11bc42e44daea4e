/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.PartitionSet;
import java.util.ArrayList;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;

/** What administrators see of consumer groups: ConsumerGroupDescribe. */
final class ConsumerGroupViews {
    /** KIP-1099. */
    private static final byte CLASSIC_MEMBER = 0;

    private static final byte CONSUMER_MEMBER = 1;

    private ConsumerGroupViews() {}

    static DescribedGroup describe(Groups groups, ConsumerRebalance rebalance, String groupId, ClusterView cluster) {
        DescribedGroup answer = new DescribedGroup().setGroupId(groupId);
        Group entry = groups.group(groupId);
        ConsumerGroup group = entry == null ? null : entry.consumer();
        if (group == null) {
            return answer.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
                    .setErrorMessage(
                            entry == null
                                    ? "There is no group " + groupId
                                    : "Group " + groupId + " is not a consumer group");
        }
        answer.setGroupState(group.state().toString())
                .setGroupEpoch(group.epoch().epoch())
                .setAssignmentEpoch(group.targetEpoch())
                .setAssignorName(rebalance.assignorOf(group));
        for (ConsumerMember member : group.members()) {
            MemberMetadata metadata = member.metadata();
            answer.members()
                    .add(new Member()
                            .setMemberId(member.id())
                            .setMemberEpoch(member.epoch())
                            .setInstanceId(metadata.instanceId())
                            .setRackId(metadata.rackId())
                            .setClientId(metadata.clientId())
                            .setClientHost(metadata.clientHost())
                            .setSubscribedTopicNames(new ArrayList<>(metadata.topicNames()))
                            .setSubscribedTopicRegex(metadata.topicPattern() == null ? "" : metadata.topicPattern())
                            .setAssignment(named(member.assignment().assigned(), cluster))
                            .setTargetAssignment(named(group.target(member.id()), cluster))
                            .setMemberType(metadata.classic() == null ? CONSUMER_MEMBER : CLASSIC_MEMBER));
        }
        return answer;
    }

    /** Topics that are gone have no name any more, and are left out. */
    private static Assignment named(PartitionSet partitions, ClusterView cluster) {
        Assignment named = new Assignment();
        for (Uuid topicId : partitions.topics()) {
            String name = cluster.topicName(topicId);
            if (name != null) {
                named.topicPartitions()
                        .add(new TopicPartitions()
                                .setTopicId(topicId)
                                .setTopicName(name)
                                .setPartitions(partitions.partitions(topicId)));
            }
        }
        return named;
    }
}
