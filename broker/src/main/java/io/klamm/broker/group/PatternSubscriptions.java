/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.broker.group.assign.SubscriptionPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which topics the subscriptions by pattern of a consumer group stand for (KIP-848). Names are compared on another thread, for one group once
 * at a time; what has changed is written, and a new epoch of the group begins with it. Heartbeats ask for it, and it is
 * done when a pattern is new, when the cluster's topics have changed, or when the last time is long ago.
 */
final class PatternSubscriptions {
    private static final Logger LOG = LoggerFactory.getLogger(PatternSubscriptions.class);

    /** Least time between two looks of one group: a cluster whose topics change all the time does not keep it busy. */
    static final long LEAST_MS = 10_000;

    /** What is known of the looks of one group; not written to the log. */
    static final class Looks {
        private boolean underWay;
        private boolean topicsChanged = true;
        private long startedMs;
        private boolean any;

        /** Topics of the cluster have come or gone. */
        void topicsChanged() {
            topicsChanged = true;
        }
    }

    private final GroupPorts ports;
    private final Groups groups;
    private final ConsumerRebalance rebalance;
    private final Supplier<ClusterView> cluster;
    private final long refreshMs;

    /** @param refreshMs group.consumer.regex.refresh.interval.ms */
    PatternSubscriptions(
            GroupPorts ports,
            Groups groups,
            ConsumerRebalance rebalance,
            Supplier<ClusterView> cluster,
            long refreshMs) {
        this.ports = ports;
        this.groups = groups;
        this.rebalance = rebalance;
        this.cluster = cluster;
        this.refreshMs = refreshMs;
    }

    /** Starts a look when one is due. The group's patterns change when it is done, or not at all. */
    void look(ConsumerGroup group) {
        SortedSet<String> wanted = wanted(group);
        endUnused(group, wanted);
        if (wanted.isEmpty() || !isDue(group, wanted)) {
            return;
        }
        Looks looks = group.patternLooks();
        looks.underWay = true;
        looks.any = true;
        looks.topicsChanged = false;
        looks.startedMs = ports.monotonicMs();
        ClusterView view = cluster.get();
        ports.compute(() -> matching(wanted, view), found -> {
            looks.underWay = false;
            if (found == null || adopt(group, found, view) != Errors.NONE) {
                looks.topicsChanged = true; // a later look finds it again
            }
        });
    }

    private boolean isDue(ConsumerGroup group, SortedSet<String> wanted) {
        Looks looks = group.patternLooks();
        long passedMs = ports.monotonicMs() - looks.startedMs;
        if (looks.underWay || (looks.any && passedMs < LEAST_MS)) {
            return false;
        }
        return looks.topicsChanged
                || passedMs >= refreshMs
                || !group.patterns().keySet().containsAll(wanted);
    }

    private static SortedSet<String> wanted(ConsumerGroup group) {
        SortedSet<String> wanted = new TreeSet<>();
        for (ConsumerMember member : group.members()) {
            if (member.metadata().topicPattern() != null) {
                wanted.add(member.metadata().topicPattern());
            }
        }
        return wanted;
    }

    private void endUnused(ConsumerGroup group, SortedSet<String> wanted) {
        List<GroupRecord> unused = new ArrayList<>();
        for (String pattern : group.patterns().keySet()) {
            if (!wanted.contains(pattern)) {
                unused.add(new GroupRecord.PatternResolved(group.id(), pattern, null));
            }
        }
        Errors error = rebalance.write(unused);
        if (error != Errors.NONE) {
            LOG.debug("group {}: that patterns are not used any more could not be written: {}", group.id(), error);
        }
    }

    /** On another thread: the view is one version of the metadata. */
    private static SortedMap<String, SortedSet<String>> matching(SortedSet<String> patterns, ClusterView view) {
        SortedMap<String, SortedSet<String>> matching = new TreeMap<>();
        for (String pattern : patterns) {
            matching.put(pattern, matching(pattern, view));
        }
        return matching;
    }

    private static SortedSet<String> matching(String pattern, ClusterView view) {
        try {
            return SubscriptionPattern.compile(pattern).matching(view.topicNames());
        } catch (InvalidRegularExpression e) {
            LOG.warn("a pattern of the log is none here, and stands for no topic: {}", e.getMessage());
            return new TreeSet<>();
        }
    }

    /** What was found is so, and the group has an epoch more when that changes what anybody subscribes to. */
    private Errors adopt(ConsumerGroup group, SortedMap<String, SortedSet<String>> found, ClusterView view) {
        Group entry = groups.group(group.id());
        if (entry == null || entry.consumer() != group) {
            return Errors.NONE; // it is another one by now
        }
        SortedSet<String> wanted = wanted(group);
        List<GroupRecord> records = new ArrayList<>();
        boolean changed = false;
        for (Map.Entry<String, SortedSet<String>> entryOfPattern : found.entrySet()) {
            String pattern = entryOfPattern.getKey();
            @Nullable ResolvedPattern before = group.patterns().get(pattern);
            SortedSet<String> topics = entryOfPattern.getValue();
            if (wanted.contains(pattern) && (before == null || !before.topics().equals(topics))) {
                records.add(new GroupRecord.PatternResolved(
                        group.id(), pattern, new ResolvedPattern(topics, view.version(), ports.nowMs())));
                changed |= !topics.equals(before == null ? new TreeSet<String>() : before.topics());
            }
        }
        if (changed) {
            records.add(nextEpoch(group, found, view));
        }
        Errors error = rebalance.write(records);
        if (changed && error == Errors.NONE) {
            LOG.info(
                    "group {}: epoch {}: its patterns stand for other topics",
                    group.id(),
                    group.epoch().epoch());
        }
        return error;
    }

    private GroupRecord nextEpoch(ConsumerGroup group, Map<String, SortedSet<String>> found, ClusterView view) {
        SortedSet<String> names = new TreeSet<>();
        boolean racks = false;
        for (ConsumerMember member : group.members()) {
            SortedSet<String> now = member.metadata().topicPattern() == null
                    ? null
                    : found.get(member.metadata().topicPattern());
            names.addAll(now == null ? group.topicNames(member.metadata()) : now);
            names.addAll(member.metadata().topicNames());
            racks |= member.metadata().rackId() != null;
        }
        long hash = SubscribedTopics.hash(SubscribedTopics.of(names, view, racks));
        return new GroupRecord.ConsumerEpoch(
                group.id(), new GroupEpoch(group.epoch().epoch() + 1, hash, ports.nowMs()));
    }
}
