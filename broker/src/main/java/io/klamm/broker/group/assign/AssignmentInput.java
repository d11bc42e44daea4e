/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/**
 * A subscription as arrays, so that assignors count instead of hashing. Members are numbered in a fixed order: static ones by their
 * instance id, which outlives restarts, then dynamic ones by member id. Topics are numbered by id; partitions through all topics.
 */
final class AssignmentInput {
    static final int NOBODY = -1;
    private static final int[] NO_RACK = {};

    private static final Comparator<MemberSubscription> STATIC_FIRST = Comparator.comparing(
                    MemberSubscription::instanceId, Comparator.nullsLast(Comparator.<String>naturalOrder()))
            .thenComparing(MemberSubscription::memberId);

    private final MemberSubscription[] members;

    /** By member; -1 where it tells none. */
    private final int[] memberRack;

    private final int rackCount;

    /** Those that somebody subscribes to. */
    private final TopicPartitions.Topic[] topics;

    private final Map<Uuid, Integer> topicNumbers = new HashMap<>();

    /** Number of the first partition by topic; one more at the end. */
    private final int[] firstPartition;

    /** Members by topic, ascending. */
    private final int[][] subscribers;

    /** By partition: in which members' racks it has a replica. */
    private final int[][] partitionRacks;

    AssignmentInput(GroupSubscription subscription, TopicPartitions known) {
        members = subscription.members().values().toArray(new MemberSubscription[0]);
        Arrays.sort(members, STATIC_FIRST);
        Map<String, Integer> racks = rackNumbers();
        rackCount = racks.size();
        memberRack = new int[members.length];
        for (int m = 0; m < members.length; m++) {
            memberRack[m] = members[m].rack() == null ? -1 : racks.getOrDefault(members[m].rack(), -1);
        }
        SortedMap<Uuid, int[]> byTopic = subscribersByTopic(known);
        topics = new TopicPartitions.Topic[byTopic.size()];
        subscribers = new int[topics.length][];
        firstPartition = new int[topics.length + 1];
        int topic = 0;
        for (Map.Entry<Uuid, int[]> entry : byTopic.entrySet()) {
            TopicPartitions.Topic found = Objects.requireNonNull(known.topics().get(entry.getKey()));
            topics[topic] = found;
            subscribers[topic] = entry.getValue();
            topicNumbers.put(found.id(), topic);
            firstPartition[topic + 1] = firstPartition[topic] + found.partitions();
            topic++;
        }
        partitionRacks = new int[partitions()][];
        Map<Set<String>, int[]> seen = new HashMap<>();
        for (int t = 0; t < topics.length; t++) {
            for (int i = 0; i < topics[t].partitions(); i++) {
                partitionRacks[firstPartition[t] + i] =
                        seen.computeIfAbsent(topics[t].racksOf(i), names -> numbers(names, racks));
            }
        }
    }

    private Map<String, Integer> rackNumbers() {
        TreeSet<String> names = new TreeSet<>();
        for (MemberSubscription member : members) {
            if (member.rack() != null) {
                names.add(member.rack());
            }
        }
        Map<String, Integer> numbers = new HashMap<>();
        names.forEach(name -> numbers.put(name, numbers.size()));
        return numbers;
    }

    private static int[] numbers(Set<String> names, Map<String, Integer> racks) {
        if (names.isEmpty() || racks.isEmpty()) {
            return NO_RACK;
        }
        return names.stream()
                .filter(racks::containsKey)
                .mapToInt(name -> racks.getOrDefault(name, -1))
                .sorted()
                .toArray();
    }

    private SortedMap<Uuid, int[]> subscribersByTopic(TopicPartitions known) {
        Map<Uuid, Integer> counts = new HashMap<>();
        for (MemberSubscription member : members) {
            member.topics().forEach(topic -> counts.merge(topic, 1, Integer::sum));
        }
        SortedMap<Uuid, int[]> byTopic = new TreeMap<>();
        counts.forEach((topic, count) -> {
            if (known.topics().containsKey(topic)) {
                byTopic.put(topic, new int[count]);
            }
        });
        Map<Uuid, Integer> filled = new HashMap<>();
        for (int m = 0; m < members.length; m++) {
            for (Uuid topic : members[m].topics()) {
                int[] all = byTopic.get(topic);
                if (all != null) {
                    all[filled.merge(topic, 1, Integer::sum) - 1] = m;
                }
            }
        }
        return byTopic;
    }

    int members() {
        return members.length;
    }

    int topics() {
        return topics.length;
    }

    /** Of all topics. */
    int partitions() {
        return firstPartition[topics.length];
    }

    int rackCount() {
        return rackCount;
    }

    /** Number of a topic's first partition; that of the next topic's is the end of this one's. */
    int firstPartition(int topic) {
        return firstPartition[topic];
    }

    /** The topic of a partition. */
    int topicOf(int partition) {
        int at = Arrays.binarySearch(firstPartition, partition);
        if (at < 0) {
            return -at - 2;
        }
        while (firstPartition[at + 1] == partition) {
            at++; // topics without partitions before it
        }
        return at;
    }

    int partitionsOf(int topic) {
        return topics[topic].partitions();
    }

    /** Members that subscribe to a topic, ascending; the caller changes nothing. */
    int[] subscribers(int topic) {
        return subscribers[topic];
    }

    /** Rack of a member, -1 when none is known. */
    int rackOf(int member) {
        return memberRack[member];
    }

    /** The members' racks in which a partition has a replica; the caller changes nothing. */
    int[] racksOf(int partition) {
        return partitionRacks[partition];
    }

    /** Racks by partition; the caller changes nothing. */
    int[][] partitionRacks() {
        return partitionRacks;
    }

    /** Whether the member is in the rack of one of the partition's replicas. */
    boolean isNear(int partition, int member) {
        return contains(partitionRacks[partition], memberRack[member]);
    }

    static boolean contains(int[] racks, int rack) {
        for (int one : racks) {
            if (one == rack) {
                return true;
            }
        }
        return false;
    }

    /** Who has which partition now, {@link #NOBODY} where nobody does that still subscribes to it. */
    int[] currentOwners() {
        int[] owners = new int[partitions()];
        Arrays.fill(owners, NOBODY);
        for (int m = 0; m < members.length; m++) {
            int member = m;
            members[m].target().forEach((id, partition) -> {
                Integer topic = topicNumbers.get(id);
                if (topic != null
                        && partition < topics[topic].partitions()
                        && members[member].topics().contains(id)) {
                    int number = firstPartition[topic] + partition;
                    if (owners[number] == NOBODY) {
                        owners[number] = member;
                    }
                }
            });
        }
        return owners;
    }

    /** The result, when each partition goes to this member. */
    GroupAssignment toAssignment(int[] owners) {
        PartitionSet.Builder[] parts = new PartitionSet.Builder[members.length];
        for (int m = 0; m < members.length; m++) {
            parts[m] = PartitionSet.builder();
        }
        for (int t = 0; t < topics.length; t++) {
            for (int i = 0; i < topics[t].partitions(); i++) {
                parts[owners[firstPartition[t] + i]].add(topics[t].id(), i);
            }
        }
        TreeMap<String, PartitionSet> byMember = new TreeMap<>();
        for (int m = 0; m < members.length; m++) {
            byMember.put(members[m].memberId(), parts[m].build());
        }
        return new GroupAssignment(byMember);
    }
}
