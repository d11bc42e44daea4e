/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** A group and its topics as a seed makes them, and how they change. */
final class RandomGroup {
    private static final List<String> RACKS = List.of("a", "b", "c");

    private final Random random;
    private final boolean homogeneous;
    private final boolean racks;
    private final int partitions;
    private int number;
    private TreeMap<String, MemberSubscription> members = new TreeMap<>();
    private final TreeMap<Uuid, TopicPartitions.Topic> topics = new TreeMap<>();

    RandomGroup(long seed, boolean homogeneous, boolean racks, int members, int topics, int partitions) {
        random = new Random(seed);
        this.homogeneous = homogeneous;
        this.racks = racks;
        this.partitions = partitions;
        for (int i = 0; i < topics; i++) {
            Uuid id = new Uuid(0, 1 + i);
            this.topics.put(id, topic(id, random.nextInt(partitions + 1)));
        }
        for (int i = 0; i < members; i++) {
            join();
        }
    }

    private TopicPartitions.Topic topic(Uuid id, int partitions) {
        List<Set<String>> places = new ArrayList<>();
        int replicas = 1 + random.nextInt(2);
        for (int i = 0; racks && i < partitions; i++) {
            Set<String> place = new TreeSet<>();
            for (int j = 0; j < replicas; j++) {
                place.add(RACKS.get(random.nextInt(RACKS.size())));
            }
            places.add(place);
        }
        return new TopicPartitions.Topic(id, "topic" + id.getLeastSignificantBits(), partitions, places);
    }

    private SortedSet<Uuid> someTopics() {
        if (homogeneous) {
            return new TreeSet<>(topics.keySet());
        }
        SortedSet<Uuid> some = new TreeSet<>();
        topics.keySet().forEach(id -> {
            if (random.nextInt(3) > 0) {
                some.add(id);
            }
        });
        return some;
    }

    void join() {
        String id = "member" + String.format("%04d", random.nextInt(5_000)) + "-" + number++;
        @Nullable String instance = random.nextInt(4) == 0 ? "instance" + random.nextInt(10_000) + "-" + number : null;
        @Nullable String rack = racks && random.nextInt(8) > 0 ? RACKS.get(random.nextInt(RACKS.size())) : null;
        members.put(id, new MemberSubscription(id, instance, rack, someTopics(), PartitionSet.EMPTY));
    }

    void leave() {
        if (!members.isEmpty()) {
            members.remove(new ArrayList<>(members.keySet()).get(random.nextInt(members.size())));
        }
    }

    /** Members come and go, topics grow, subscriptions change. */
    void change() {
        switch (random.nextInt(4)) {
            case 0 -> join();
            case 1 -> leave();
            case 2 -> {
                Uuid id = new ArrayList<>(topics.keySet()).get(random.nextInt(topics.size()));
                topics.put(id, topic(id, random.nextInt(partitions + 1)));
            }
            default ->
                members.replaceAll((id, member) -> random.nextInt(4) > 0 || homogeneous
                        ? member
                        : new MemberSubscription(
                                id, member.instanceId(), member.rack(), someTopics(), member.target()));
        }
    }

    /** What was assigned is what the members have from now on. */
    void adopt(GroupAssignment assignment) {
        members.replaceAll((id, member) ->
                new MemberSubscription(id, member.instanceId(), member.rack(), member.topics(), assignment.of(id)));
    }

    GroupSubscription subscription() {
        return new GroupSubscription(members);
    }

    TopicPartitions topics() {
        return new TopicPartitions(topics);
    }
}
