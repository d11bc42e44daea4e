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
import org.apache.kafka.clients.admin.ClassicGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** Asks a cluster about groups: members, committed offsets, ends of the partitions. */
final class GroupViews {
    private GroupViews() {}

    /** What is told of any group, be its members consumers or something else. */
    private record Described(
            String group,
            String state,
            String type,
            String protocol,
            @Nullable Node coordinator,
            Collection<MemberDescription> members) {}

    /** @throws CommandException when there is no such group */
    static GroupView of(Admin admin, Connection connection, String group) throws Exception {
        List<GroupView> views = of(admin, connection, Set.of(group));
        if (views.isEmpty()) {
            throw new CommandException("there is no group " + group + " (klamm groups list shows those that exist)");
        }
        return views.get(0);
    }

    /** Those of the groups that are there: one that was listed may have ended since. */
    static List<GroupView> of(Admin admin, Connection connection, Collection<String> groups) throws Exception {
        List<Described> descriptions = described(admin, connection, groups);
        if (descriptions.isEmpty()) {
            return List.of();
        }
        Map<String, ListConsumerGroupOffsetsSpec> all = new HashMap<>();
        descriptions.forEach(description -> all.put(description.group(), new ListConsumerGroupOffsetsSpec()));
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                connection.await(admin.listConsumerGroupOffsets(all).all());
        Set<TopicPartition> concerned =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        committed.values().forEach(offsets -> concerned.addAll(offsets.keySet()));
        descriptions.forEach(description -> description
                .members()
                .forEach(member -> concerned.addAll(member.assignment().topicPartitions())));
        Map<TopicPartition, Long> ends = ends(admin, connection, concerned);
        List<GroupView> views = new ArrayList<>();
        for (Described description : descriptions) {
            views.add(view(description, committed.getOrDefault(description.group(), Map.of()), ends));
        }
        return views;
    }

    private static List<Described> described(Admin admin, Connection connection, Collection<String> groups)
            throws Exception {
        Map<String, KafkaFuture<ConsumerGroupDescription>> answers =
                admin.describeConsumerGroups(groups).describedGroups();
        List<Described> described = new ArrayList<>();
        Set<String> others = new TreeSet<>();
        for (String group : groups) {
            try {
                described.add(described(connection.await(requireNonNull(answers.get(group)))));
            } catch (IllegalArgumentException e) {
                others.add(group); // the client's word for members that are no consumers
            } catch (GroupIdNotFoundException e) {
                // it has ended since it was listed
            }
        }
        Map<String, KafkaFuture<ClassicGroupDescription>> more = others.isEmpty()
                ? Map.of()
                : admin.describeClassicGroups(others).describedGroups();
        for (KafkaFuture<ClassicGroupDescription> answer : more.values()) {
            try {
                described.add(described(connection.await(answer)));
            } catch (GroupIdNotFoundException e) {
                // as above
            }
        }
        return described;
    }

    private static Described described(ConsumerGroupDescription description) {
        return new Described(
                description.groupId(),
                description.groupState().toString(),
                description.type().toString(),
                description.partitionAssignor(),
                description.coordinator(),
                description.members());
    }

    private static Described described(ClassicGroupDescription description) {
        return new Described(
                description.groupId(),
                description.state().toString(),
                GroupType.CLASSIC.toString(),
                description.protocolData(),
                description.coordinator(),
                description.members());
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
            Described description, Map<TopicPartition, OffsetAndMetadata> committed, Map<TopicPartition, Long> ends) {
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
                description.group(),
                description.state(),
                description.type(),
                description.protocol(),
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
