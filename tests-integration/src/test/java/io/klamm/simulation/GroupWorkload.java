/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.Errors;

/** Groups of consumers, and what an administrator sees of them. */
final class GroupWorkload {
    private static final int STEP_MS = 60;
    private static final long LOOK_MS = 700;
    private static final short DESCRIBE_VERSION = 6;

    private final World world;
    private final SimCluster cluster;
    private final Coverage coverage;
    private final List<Members> groups = new ArrayList<>();
    private final List<SimMember> all = new ArrayList<>();
    private final GroupLink administrator;
    private boolean frozen;

    private record Members(String id, GroupHistory history, List<SimMember> members, boolean consumers) {}

    GroupWorkload(World world, SimCluster cluster, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
        this.administrator = new GroupLink(world, cluster);
    }

    /** Three dynamic members in one classic group, a static one and a dynamic one in another; and a group of the consumer protocol. */
    void begin() {
        add("g0", 3, 0);
        add("g1", 1, 1);
        addConsumers("g2", 3);
    }

    private void add(String group, int dynamic, int statics) {
        GroupHistory history = new GroupHistory(group);
        List<SimMember> members = new ArrayList<>();
        for (int i = 0; i < dynamic + statics; i++) {
            String instance = i < dynamic ? null : "static-" + i;
            members.add(new GroupMember(world, cluster, coverage, group, history, instance));
        }
        add(new Members(group, history, members, false));
    }

    private void addConsumers(String group, int size) {
        GroupHistory history = new GroupHistory(group);
        List<SimMember> members = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            members.add(new ConsumerGroupMember(world, cluster, coverage, group, history, i));
        }
        add(new Members(group, history, members, true));
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
        return owned == (group.consumers ? cluster.used().size() : GroupMember.PARTITIONS);
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
        private final Map<String, Object> described = new HashMap<>();
        private final Map<String, OffsetFetchResponseGroup> offsets = new HashMap<>();

        private Look() {}

        boolean isComplete() {
            return described.size() == groups.size() && offsets.size() == groups.size();
        }

        private void goOn() {
            if (!administrator.isWaiting()) {
                groups.stream()
                        .map(Members::id)
                        .filter(id -> !described.containsKey(id) || !offsets.containsKey(id))
                        .findFirst()
                        .ifPresent(this::ask);
            }
            if (!isComplete()) {
                world.time.scheduleMs(5, this::goOn);
            }
        }

        private void ask(String group) {
            if (!described.containsKey(group)) {
                if (groups.stream().anyMatch(each -> each.id.equals(group) && each.consumers)) {
                    describeConsumers(group);
                    return;
                }
                administrator.ask(
                        "DescribeGroups",
                        LOOK_MS,
                        to -> to.describe(group, DESCRIBE_VERSION),
                        (answer, error, epoch) -> {
                            if (answer != null) {
                                described.put(group, answer);
                            }
                        });
            } else {
                OffsetFetchRequestGroup request =
                        new OffsetFetchRequestGroup().setGroupId(group).setTopics(null);
                administrator.ask("OffsetFetch", LOOK_MS, to -> to.fetch(request), (answer, error, epoch) -> {
                    if (answer != null && answer.errorCode() == Errors.NONE.code()) {
                        offsets.put(group, answer);
                    }
                });
            }
        }

        private void describeConsumers(String group) {
            administrator.ask(
                    "ConsumerGroupDescribe", LOOK_MS, to -> to.describeConsumers(group), (answer, error, epoch) -> {
                        if (answer != null) {
                            answer.members()
                                    .sort(Comparator.comparing(ConsumerGroupDescribeResponseData.Member::memberId));
                            described.put(group, answer);
                        }
                    });
        }

        /** What this coordinator has read from the log is what the one before knew. */
        void mustEqual(Look before) {
            for (Members group : groups) {
                if (!before.described.get(group.id).equals(described.get(group.id))) {
                    throw Broken.promise(
                            "another coordinator knows %s as %s, the one before as %s",
                            group.id, described.get(group.id), before.described.get(group.id));
                }
                if (!before.offsets.get(group.id).equals(offsets.get(group.id))) {
                    throw Broken.promise(
                            "another coordinator knows %s, the one before %s",
                            offsets.get(group.id), before.offsets.get(group.id));
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
