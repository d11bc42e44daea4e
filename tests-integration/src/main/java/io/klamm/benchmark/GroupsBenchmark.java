/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark;

import io.klamm.testkit.Await;
import io.klamm.testkit.GroupOfProcesses;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.MemberProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Consumer groups: how long many members need until they share many partitions; how long the partitions of a killed member, and the
 * members of a killed coordinator, stand still; how long the offsets of many groups are away when their coordinator is killed. Three
 * nodes, replication factor 3, default settings but for sessions of 6 s and heartbeats every second. Nothing is asserted.
 *
 * <p>System properties: groups.only, a regular expression on the names of what is measured; groups.members, groups.partitions,
 * groups.count.
 */
public final class GroupsBenchmark {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MEMBERS = Integer.getInteger("groups.members", 100);
    private static final int PARTITIONS = Integer.getInteger("groups.partitions", 1_000);
    private static final int GROUPS = Integer.getInteger("groups.count", 5_000);
    private static final int SESSION_MS = 6_000;
    private static final String OFFSETS_TOPIC = "__consumer_offsets";
    private static final TopicPartition COMMITTED = new TopicPartition("committed", 0);
    private static final Map<TopicPartition, OffsetAndMetadata> OFFSETS =
            Map.of(COMMITTED, new OffsetAndMetadata(1, "some metadata"));

    private final Predicate<String> wanted =
            Pattern.compile(System.getProperty("groups.only", "")).asPredicate();
    private final KlammCluster cluster;

    private GroupsBenchmark(KlammCluster cluster) {
        this.cluster = cluster;
    }

    /** What is measured, in seconds. */
    private interface Measurement {
        double seconds() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        System.out.println("| what | seconds | goal |");
        System.out.println("| --- | ---: | ---: |");
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("group.consumer.min.session.timeout.ms", Integer.toString(SESSION_MS));
        settings.put("group.consumer.session.timeout.ms", Integer.toString(SESSION_MS));
        settings.put("group.consumer.min.heartbeat.interval.ms", "1000");
        settings.put("group.consumer.heartbeat.interval.ms", "1000");
        try (KlammCluster cluster = KlammCluster.start("groups", 3, settings)) {
            new GroupsBenchmark(cluster).run();
        }
    }

    private void run() throws Exception {
        cluster.createTopic(COMMITTED.topic(), 1, 3, Map.of());
        try (Admin admin = cluster.admin()) {
            admin.alterConsumerGroupOffsets("first", OFFSETS).all().get(); // creates the offsets topic
        }
        cluster.awaitFullIsr(OFFSETS_TOPIC);
        for (String protocol : List.of("classic", "consumer")) {
            String many =
                    MEMBERS + " members on " + PARTITIONS + " partitions, " + protocol + ": first start to even parts";
            measure(many, "10", () -> gather(protocol));
            measure(
                    "killed member, " + protocol + ", session time-out " + SESSION_MS / 1000
                            + " s: its partitions are read again",
                    Integer.toString(SESSION_MS / 1000 + 1),
                    () -> killMember(protocol));
            measure(
                    "killed coordinator, " + protocol + ": longest pause between two commits of a member",
                    "2",
                    () -> killCoordinator(protocol));
        }
        measure(GROUPS + " groups, their coordinator killed: all offsets are answered again", "3", this::loadOffsets);
    }

    private void measure(String what, String goal, Measurement measurement) throws Exception {
        if (wanted.test(what)) {
            System.out.println(String.format(Locale.ROOT, "| %s | %.2f | %s |", what, measurement.seconds(), goal));
        }
    }

    // ---- many members

    private double gather(String protocol) throws Exception {
        String topic = "wide-" + protocol;
        cluster.createTopic(topic, PARTITIONS, 3, Map.of());
        return MemberThreads.secondsToEvenParts(cluster.bootstrap(), topic, protocol, MEMBERS, PARTITIONS, PATIENCE);
    }

    // ---- three members, each in its process

    private static Map<String, String> memberSettings(String protocol) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("group.protocol", protocol);
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", Integer.toString(SESSION_MS));
            settings.put("heartbeat.interval.ms", "1000");
        }
        return settings;
    }

    private GroupOfProcesses threeMembers(String name, String protocol) {
        String topic = name + "-" + protocol;
        return GroupOfProcesses.start(cluster, topic, groupAwayFromTheQuorumLeader(topic), memberSettings(protocol));
    }

    private double killMember(String protocol) throws Exception {
        try (GroupOfProcesses group = threeMembers("member", protocol)) {
            long killed = System.nanoTime();
            group.members().get(0).kill();
            GroupOfProcesses.awaitReading(group.members().subList(1, 3), killed);
            return secondsSince(killed);
        }
    }

    private double killCoordinator(String protocol) throws Exception {
        try (GroupOfProcesses group = threeMembers("coordinator", protocol)) {
            int coordinator = group.coordinator();
            group.members().forEach(MemberProcess::forgetGaps);
            long killed = System.nanoTime();
            cluster.node(coordinator).kill();
            group.awaitGoingOn(killed);
            TimeUnit.SECONDS.sleep(5);
            double longest = group.members().stream()
                    .mapToDouble(MemberProcess::longestCommitGapSeconds)
                    .max()
                    .orElse(0);
            restart(coordinator);
            return longest;
        }
    }

    private void restart(int node) {
        cluster.node(node).start();
        cluster.awaitBrokers(3);
        cluster.awaitFullIsr(OFFSETS_TOPIC);
    }

    // ---- many groups

    private double loadOffsets() throws Exception {
        int victim = cluster.quorumLeader() == 1 ? 2 : 1;
        List<String> groups = groupsOf(victim);
        try (Admin admin = cluster.admin()) {
            for (int from = 0; from < groups.size(); from += 250) {
                List<KafkaFuture<Void>> commits = new ArrayList<>();
                groups.subList(from, Math.min(groups.size(), from + 250))
                        .forEach(group -> commits.add(
                                admin.alterConsumerGroupOffsets(group, OFFSETS).all()));
                for (KafkaFuture<Void> commit : commits) {
                    commit.get();
                }
            }
            awaitOffsets(admin, groups);
            long killed = System.nanoTime();
            cluster.node(victim).kill();
            awaitOffsets(admin, groups);
            double seconds = secondsSince(killed);
            restart(victim);
            return seconds;
        }
    }

    /** Ids of groups whose home is led by this node. */
    private List<String> groupsOf(int node) {
        List<TopicPartitionInfo> homes = cluster.describe(OFFSETS_TOPIC).partitions();
        List<String> groups = new ArrayList<>();
        for (int i = 0; groups.size() < GROUPS; i++) {
            if (homeLeader("group-" + i, homes) == node) {
                groups.add("group-" + i);
            }
        }
        return groups;
    }

    /** Who kills its coordinator does not kill the leader of the quorum with it: that is another benchmark. */
    private String groupAwayFromTheQuorumLeader(String name) {
        int quorumLeader = cluster.quorumLeader();
        List<TopicPartitionInfo> homes = cluster.describe(OFFSETS_TOPIC).partitions();
        int number = 0;
        while (homeLeader(name + number, homes) == quorumLeader) {
            number++;
        }
        return name + number;
    }

    private static int homeLeader(String group, List<TopicPartitionInfo> homes) {
        return homes.get((group.hashCode() & Integer.MAX_VALUE) % homes.size())
                .leader()
                .id();
    }

    /** Asks for all of them, those without an answer again, until there is an offset of each. */
    private static void awaitOffsets(Admin admin, List<String> groups) {
        Map<String, ListConsumerGroupOffsetsSpec> missing = new HashMap<>();
        groups.forEach(group -> missing.put(group, new ListConsumerGroupOffsetsSpec()));
        Await.until("the offsets of all groups are there", PATIENCE, () -> {
            var answers = admin.listConsumerGroupOffsets(Map.copyOf(missing));
            for (String group : List.copyOf(missing.keySet())) {
                if (answers.partitionsToOffsetAndMetadata(group).get().size() == 1) {
                    missing.remove(group);
                }
            }
            return missing.isEmpty();
        });
    }

    static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
