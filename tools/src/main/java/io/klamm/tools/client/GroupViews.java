/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static java.util.Objects.requireNonNull;

import io.klamm.tools.CommandException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** Asks a cluster about groups: members, committed offsets, ends of the partitions. */
final class GroupViews {
    private GroupViews() {}

    /** @throws CommandException when there is no such group */
    static GroupView of(Admin admin, Connection connection, String group) throws Exception {
        try {
            return of(admin, connection, Set.of(group)).get(0);
        } catch (GroupIdNotFoundException e) {
            throw new CommandException("there is no group " + group + " (klamm groups list shows those that exist)");
        }
    }

    static List<GroupView> of(Admin admin, Connection connection, Collection<String> groups) throws Exception {
        if (groups.isEmpty()) {
            return List.of();
        }
        Map<String, ConsumerGroupDescription> descriptions =
                connection.await(admin.describeConsumerGroups(groups).all());
        Map<String, ListConsumerGroupOffsetsSpec> all = new HashMap<>();
        groups.forEach(group -> all.put(group, new ListConsumerGroupOffsetsSpec()));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                connection.await(admin.listConsumerGroupOffsets(all).all());
        Set<TopicPartition> concerned =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        committed.values().forEach(offsets -> concerned.addAll(offsets.keySet()));
        descriptions.values().forEach(description -> description
                .members()
                .forEach(member -> concerned.addAll(member.assignment().topicPartitions())));
        Map<TopicPartition, Long> ends = ends(admin, connection, concerned);
        List<GroupView> views = new ArrayList<>();
        for (String group : groups) {
            views.add(view(requireNonNull(descriptions.get(group)), committed.getOrDefault(group, Map.of()), ends));
        }
        return views;
    }

    /** A partition without a leader has no end that is known. */
    private static Map<TopicPartition, Long> ends(Admin admin, Connection connection, Set<TopicPartition> partitions)
            throws Exception {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        ListOffsetsResult result = admin.listOffsets(latest);
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (TopicPartition partition : partitions) {
            KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> end = result.partitionResult(partition);
            try {
                ends.put(partition, connection.await(end).offset());
            } catch (ApiException e) {
                ends.remove(partition); // shown as unknown
            }
        }
        return ends;
    }

    private static GroupView view(
            ConsumerGroupDescription description,
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> ends) {
        Map<TopicPartition, MemberDescription> owners = new HashMap<>();
        List<GroupView.Member> members = new ArrayList<>();
        for (MemberDescription member : description.members()) {
            members.add(new GroupView.Member(
                    member.consumerId(),
                    member.groupInstanceId().orElse(null),
                    member.clientId(),
                    host(member),
                    member.assignment().topicPartitions().size()));
            member.assignment().topicPartitions().forEach(partition -> owners.put(partition, member));
        }
        members.sort(Comparator.comparing(GroupView.Member::memberId));
        Set<TopicPartition> all =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        all.addAll(committed.keySet());
        all.addAll(owners.keySet());
        List<GroupView.Partition> partitions = new ArrayList<>();
        for (TopicPartition partition : all) {
            partitions.add(partition(partition, committed.get(partition), ends.get(partition), owners.get(partition)));
        }
        return new GroupView(
                description.groupId(),
                description.groupState().toString(),
                description.type().toString(),
                description.partitionAssignor(),
                description.coordinator() == null
                        ? -1
                        : description.coordinator().id(),
                members,
                partitions);
    }

    private static GroupView.Partition partition(
            TopicPartition partition,
            @Nullable OffsetAndMetadata committed,
            @Nullable Long end,
            @Nullable MemberDescription owner) {
        Long offset = committed == null ? null : (Long) committed.offset();
        return new GroupView.Partition(
                partition.topic(),
                partition.partition(),
                offset,
                end,
                offset == null || end == null ? null : (Long) Math.max(0, end - offset),
                owner == null ? null : owner.consumerId(),
                owner == null ? null : host(owner),
                owner == null ? null : owner.clientId());
    }

    /** Without the slash that the protocol has in front of addresses. */
    private static String host(MemberDescription member) {
        return member.host().startsWith("/") ? member.host().substring(1) : member.host();
    }
}
