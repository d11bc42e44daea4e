/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.simulation.ConsumerGroupMember.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Groups of consumers, and what an administrator sees of them. */
final class GroupWorkload {
    private static final int STEP_MS = 60;
    private static final long LOOK_MS = 700;
    private static final long OBSERVED_MS = 10;
    private static final short DESCRIBE_VERSION = 6;
    /** The topic that stays and the one that comes and goes, and no internal one. */
    private static final String PATTERN = "t|pass.*|__.*";

    private final World world;
    private final SimCluster cluster;
    private final Coverage coverage;
    private final List<Members> groups = new ArrayList<>();
    private final List<SimMember> all = new ArrayList<>();
    private final GroupLink administrator;
    private boolean frozen;

    /** Of which protocol a group is. */
    private enum Kind {
        CLASSIC,
        CONSUMER,
        /** Of one at a time. */
        EITHER
    }

    private record Members(Kind kind, GroupHistory history, List<SimMember> members) {
        String id() {
            return history.group();
        }
    }

    GroupWorkload(World world, SimCluster cluster, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
        this.administrator = new GroupLink(world, cluster);
    }

    /**
     * Three dynamic members in one classic group, a static one and a dynamic one in another; a group of the consumer protocol, one of
     * whose members is static, that names its topics or has a pattern for them; and one that changes its protocol.
     */
    void begin() {
        addClassic("g0", 3, 0);
        addClassic("g1", 1, 1);
        boolean byPattern = world.below(2) == 0;
        addConsumers(
                "g2",
                byPattern
                        ? new Topics(List.of(), PATTERN)
                        : new Topics(List.of(SimCluster.PASSING, SimCluster.TOPIC), null));
        addMigrating("g3", world.below(2) == 0);
    }

    private void addClassic(String group, int dynamic, int statics) {
        GroupHistory history = new GroupHistory(group);
        List<SimMember> members = new ArrayList<>();
        for (int i = 0; i < dynamic + statics; i++) {
            String instance = i < dynamic ? null : "static-" + i;
            members.add(new GroupMember(world, cluster, coverage, group, history, instance));
        }
        add(new Members(Kind.CLASSIC, history, members));
    }

    private void addConsumers(String group, Topics topics) {
        GroupHistory history = new GroupHistory(group);
        List<SimMember> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            members.add(
                    new ConsumerGroupMember(world, cluster, coverage, history, i, i == 0 ? "static" : null, topics));
        }
        add(new Members(Kind.CONSUMER, history, members));
    }

    private void addMigrating(String group, boolean cooperative) {
        GroupHistory history = new GroupHistory(group);
        List<SimMember> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            members.add(
                    new MigratingMember(world, cluster, coverage, history, i, i == 0 ? "static" : null, cooperative));
        }
        add(new Members(Kind.EITHER, history, members));
    }

    private void add(Members group) {
        group.members.forEach(this::goOn);
        groups.add(group);
        all.addAll(group.members);
    }

    private void goOn(SimMember member) {
        world.time.scheduleMs(1 + world.below(2 * STEP_MS), () -> {
            if (!frozen) {
                member.step();
                goOn(member);
            }
        });
    }

    /** One of the members, for whoever disturbs them. */
    SimMember any() {
        return all.get(world.below(all.size()));
    }

    /** Whether all members of each group know their parts of its newest generation or epoch, which are all there is. */
    boolean settled() {
        return groups.stream().allMatch(this::settled);
    }

    private boolean settled(Members group) {
        int owned = 0;
        for (SimMember member : group.members) {
            if (!member.isStable() || member.generation() != group.history.newestGeneration()) {
                return false;
            }
            owned += member.ownedCount();
        }
        return owned
                == switch (group.kind) {
                    case CLASSIC -> GroupMember.PARTITIONS;
                    case CONSUMER -> cluster.used().size();
                    case EITHER -> EmbeddedMember.PARTITIONS;
                };
    }

    /** Somebody asks for a while, again and again, how far a group has read. */
    void observe(long ms) {
        Members group = groups.get(world.below(2)); // one of the classic groups
        GroupLink observer = new GroupLink(world, cluster);
        observe(group, observer, world.time.nowMs() + ms);
    }

    private void observe(Members group, GroupLink observer, long untilMs) {
        if (frozen || world.time.nowMs() > untilMs) {
            return;
        }
        if (!observer.isWaiting()) {
            long sent = group.history.sent();
            observer.ask(
                    "OffsetFetch", LOOK_MS, to -> to.fetch(GroupMember.offsets(group.id())), (answer, error, epoch) -> {
                        if (answer != null && answer.errorCode() == Errors.NONE.code()) {
                            GroupMember.readBy(answer, group.history, sent, epoch);
                        }
                    });
        }
        world.time.scheduleMs(OBSERVED_MS, () -> observe(group, observer, untilMs));
    }

    /** Nothing new is committed. */
    void stop() {
        all.forEach(SimMember::stopCommitting);
    }

    /** Members do nothing any more. */
    void freeze() {
        frozen = true;
    }

    /** Nothing is under way. */
    boolean isQuiet() {
        return all.stream().noneMatch(SimMember::isWaiting);
    }

    /** What the coordinator says about all groups, once it is {@link #isComplete}. */
    final class Look {
        /** By group, what each of the requests that it is described by was answered. */
        private final Map<String, List<Object>> described = new HashMap<>();

        private final Map<String, OffsetFetchResponseGroup> offsets = new HashMap<>();

        private Look() {}

        boolean isComplete() {
            return groups.stream().allMatch(this::isComplete);
        }

        private boolean isComplete(Members group) {
            return isDescribed(group) && offsets.containsKey(group.id());
        }

        private boolean isDescribed(Members group) {
            return described.getOrDefault(group.id(), List.of()).size() == (group.kind == Kind.EITHER ? 2 : 1);
        }

        private void goOn() {
            if (!administrator.isWaiting()) {
                groups.stream().filter(group -> !isComplete(group)).findFirst().ifPresent(this::ask);
            }
            if (!isComplete()) {
                world.time.scheduleMs(5, this::goOn);
            }
        }

        private void ask(Members group) {
            boolean second = described.containsKey(group.id());
            if (isDescribed(group)) {
                fetch(group.id());
            } else if (group.kind == Kind.CONSUMER || second) {
                describeConsumers(group.id());
            } else {
                administrator.ask(
                        "DescribeGroups",
                        LOOK_MS,
                        to -> to.describe(group.id(), DESCRIBE_VERSION),
                        (answer, error, epoch) -> described(group.id(), answer));
            }
        }

        private void described(String group, @Nullable Object answer) {
            if (answer != null) {
                described.computeIfAbsent(group, any -> new ArrayList<>()).add(answer);
            }
        }

        private void fetch(String group) {
            OffsetFetchRequestGroup request =
                    new OffsetFetchRequestGroup().setGroupId(group).setTopics(null);
            administrator.ask("OffsetFetch", LOOK_MS, to -> to.fetch(request), (answer, error, epoch) -> {
                if (answer != null && answer.errorCode() == Errors.NONE.code()) {
                    offsets.put(group, answer);
                }
            });
        }

        private void describeConsumers(String group) {
            administrator.ask(
                    "ConsumerGroupDescribe", LOOK_MS, to -> to.describeConsumers(group), (answer, error, epoch) -> {
                        if (answer != null) {
                            answer.members()
                                    .sort(Comparator.comparing(ConsumerGroupDescribeResponseData.Member::memberId));
                        }
                        described(group, answer);
                    });
        }

        /** What this coordinator has read from the log is what the one before knew. */
        void mustEqual(Look before) {
            for (Members group : groups) {
                if (!before.described.get(group.id()).equals(described.get(group.id()))) {
                    throw Broken.promise(
                            "another coordinator knows %s as %s, the one before as %s",
                            group.id(), described.get(group.id()), before.described.get(group.id()));
                }
                if (!before.offsets.get(group.id()).equals(offsets.get(group.id()))) {
                    throw Broken.promise(
                            "another coordinator knows %s, the one before %s",
                            offsets.get(group.id()), before.offsets.get(group.id()));
                }
            }
        }
    }

    Look look() {
        Look look = new Look();
        look.goOn();
        return look;
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        for (Members group : groups) {
            out.append(group.history).append('\n');
            group.members.forEach(member -> out.append("  ").append(member).append('\n'));
        }
        return out.toString();
    }
}
