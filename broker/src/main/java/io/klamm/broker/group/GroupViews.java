/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.ClassicGroup.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;

/** What administrators see of groups: ListGroups and DescribeGroups. */
final class GroupViews {
    private static final String CLASSIC = "classic";
    private static final String CONSUMER = "consumer";
    private static final int FIRST_VERSION_WITH_NOT_FOUND = 6;

    private GroupViews() {}

    /** Groups in one of the states and of one of the types asked for, ignoring case; no filter means all (KIP-518, 848). */
    static List<ListedGroup> list(Groups groups, ListGroupsRequestData request) {
        Set<String> states = lower(request.statesFilter());
        Set<String> types = lower(request.typesFilter());
        List<ListedGroup> listed = new ArrayList<>();
        for (Group entry : groups.all()) {
            ConsumerGroup consumer = entry.consumer();
            String state = consumer == null
                    ? entry.classic().state().toString()
                    : consumer.state().toString();
            String type = consumer == null ? CLASSIC : CONSUMER;
            if ((states.isEmpty() || states.contains(state.toLowerCase(Locale.ROOT)))
                    && (types.isEmpty() || types.contains(type))) {
                listed.add(new ListedGroup()
                        .setGroupId(entry.id())
                        .setProtocolType(
                                consumer == null ? entry.classic().protocolType() : ConsumerSubscriptions.PROTOCOL_TYPE)
                        .setGroupState(state)
                        .setGroupType(type));
            }
        }
        return listed;
    }

    private static Set<String> lower(List<String> words) {
        Set<String> lower = new HashSet<>();
        words.forEach(word -> lower.add(word.toLowerCase(Locale.ROOT)));
        return lower;
    }

    /** What a classic group is made of; older clients hear of a group that does not exist, or is of the other protocol, that it is dead. */
    static DescribedGroup describe(Groups groups, String groupId, short version) {
        DescribedGroup answer = new DescribedGroup().setGroupId(groupId);
        Group entry = groups.group(groupId);
        if (entry == null || entry.consumer() != null) {
            if (version >= FIRST_VERSION_WITH_NOT_FOUND) {
                answer.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
                        .setErrorMessage(
                                entry == null
                                        ? "There is no group " + groupId
                                        : "Group " + groupId + " is not a classic group");
            }
            return answer.setGroupState(State.DEAD.toString());
        }
        ClassicGroup group = entry.classic();
        boolean stable = group.is(State.STABLE);
        answer.setGroupState(group.state().toString()).setProtocolType(group.protocolType());
        answer.setProtocolData(stable && group.protocol() != null ? group.protocol() : "");
        for (ClassicMember member : group.members()) {
            answer.members()
                    .add(new DescribedGroupMember()
                            .setMemberId(member.memberId())
                            .setGroupInstanceId(member.instanceId())
                            .setClientId(member.clientId)
                            .setClientHost(member.clientHost)
                            .setMemberMetadata(stable ? member.metadata(group.protocol()) : ClassicMember.NOTHING)
                            .setMemberAssignment(stable ? member.assignment : ClassicMember.NOTHING));
        }
        return answer;
    }
}
