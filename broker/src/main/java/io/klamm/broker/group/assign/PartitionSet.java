/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group.assign;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Partitions of topics, in the order of topic ids and numbers. Immutable, and compared by what is in it. */
public final class PartitionSet {
    /** A larger number is a mistake, and would cost memory. */
    private static final int MAX_PARTITION = 9_999_999;

    public static final PartitionSet EMPTY = new PartitionSet(new TreeMap<>());

    /** Takes each partition at most once; for those who put a set together. One thread. */
    public static final class Builder {
        private final TreeMap<Uuid, BitSet> topics = new TreeMap<>();

        private Builder() {}

        /** @throws IllegalArgumentException when it cannot be the number of a partition */
        public Builder add(Uuid topicId, int partition) {
            if (partition < 0 || partition > MAX_PARTITION) {
                throw new IllegalArgumentException("there is no partition " + partition);
            }
            topics.computeIfAbsent(topicId, unused -> new BitSet()).set(partition);
            return this;
        }

        public Builder addAll(Uuid topicId, Iterable<Integer> partitions) {
            partitions.forEach(partition -> add(topicId, partition));
            return this;
        }

        /** The builder must not be used afterwards. */
        public PartitionSet build() {
            return topics.isEmpty() ? EMPTY : new PartitionSet(topics);
        }
    }

    /** Takes a partition. */
    public interface Visitor {
        void partition(Uuid topicId, int partition);
    }

    /** Chooses partitions. */
    public interface Filter {
        boolean takes(Uuid topicId, int partition);
    }

    /** No entry is empty, none is changed. */
    private final TreeMap<Uuid, BitSet> topics;

    @SuppressWarnings("NonApiType") // it must be sorted, and is nobody else's
    private PartitionSet(TreeMap<Uuid, BitSet> topics) {
        this.topics = topics;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Topics without partitions are left out. */
    public static PartitionSet of(Map<Uuid, ? extends Iterable<Integer>> partitions) {
        Builder builder = builder();
        partitions.forEach(builder::addAll);
        return builder.build();
    }

    public static PartitionSet of(Uuid topicId, Integer... partitions) {
        return builder().addAll(topicId, List.of(partitions)).build();
    }

    public boolean isEmpty() {
        return topics.isEmpty();
    }

    /** How many partitions. */
    public int size() {
        int size = 0;
        for (BitSet partitions : topics.values()) {
            size += partitions.cardinality();
        }
        return size;
    }

    /** In ascending order; those that have a partition in the set. */
    public Set<Uuid> topics() {
        return Collections.unmodifiableSet(topics.keySet());
    }

    /** In ascending order, empty when the topic has none in the set. */
    public List<Integer> partitions(Uuid topicId) {
        BitSet partitions = topics.get(topicId);
        if (partitions == null) {
            return List.of();
        }
        List<Integer> list = new ArrayList<>(partitions.cardinality());
        for (int i = partitions.nextSetBit(0); i >= 0; i = partitions.nextSetBit(i + 1)) {
            list.add(i);
        }
        return list;
    }

    public boolean contains(Uuid topicId, int partition) {
        BitSet partitions = topics.get(topicId);
        return partitions != null && partitions.get(partition);
    }

    public boolean containsAll(PartitionSet other) {
        return other.minus(this).isEmpty();
    }

    public boolean intersects(PartitionSet other) {
        for (Map.Entry<Uuid, BitSet> entry : topics.entrySet()) {
            BitSet others = other.topics.get(entry.getKey());
            if (others != null && entry.getValue().intersects(others)) {
                return true;
            }
        }
        return false;
    }

    /** In the order of topic ids and numbers. */
    public void forEach(Visitor visitor) {
        topics.forEach((topicId, partitions) -> {
            for (int i = partitions.nextSetBit(0); i >= 0; i = partitions.nextSetBit(i + 1)) {
                visitor.partition(topicId, i);
            }
        });
    }

    /** What is in one of the two. */
    public PartitionSet plus(PartitionSet other) {
        if (other.isEmpty() || isEmpty()) {
            return isEmpty() ? other : this;
        }
        TreeMap<Uuid, BitSet> union = new TreeMap<>(topics);
        other.topics.forEach((topicId, partitions) -> union.merge(topicId, partitions, (ours, theirs) -> {
            BitSet both = (BitSet) ours.clone();
            both.or(theirs);
            return both;
        }));
        return new PartitionSet(union);
    }

    /** What is here and not there. */
    public PartitionSet minus(PartitionSet other) {
        return combine(other, BitSet::andNot, true);
    }

    /** Those that the filter takes. */
    public PartitionSet filter(Filter filter) {
        Builder builder = builder();
        forEach((topicId, partition) -> {
            if (filter.takes(topicId, partition)) {
                builder.add(topicId, partition);
            }
        });
        return builder.build();
    }

    /** What is in both. */
    public PartitionSet intersect(PartitionSet other) {
        return combine(other, BitSet::and, false);
    }

    private interface Operation {
        void apply(BitSet mine, BitSet others);
    }

    private PartitionSet combine(PartitionSet other, Operation operation, boolean keepUnmatched) {
        TreeMap<Uuid, BitSet> rest = new TreeMap<>();
        for (Map.Entry<Uuid, BitSet> entry : topics.entrySet()) {
            BitSet others = other.topics.get(entry.getKey());
            if (others != null) {
                BitSet partitions = (BitSet) entry.getValue().clone();
                operation.apply(partitions, others);
                if (!partitions.isEmpty()) {
                    rest.put(entry.getKey(), partitions);
                }
            } else if (keepUnmatched) {
                rest.put(entry.getKey(), entry.getValue());
            }
        }
        return rest.isEmpty() ? EMPTY : new PartitionSet(rest);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PartitionSet set && topics.equals(set.topics);
    }

    @Override
    public int hashCode() {
        return topics.hashCode();
    }

    @Override
    public String toString() {
        return topics.toString();
    }
}
