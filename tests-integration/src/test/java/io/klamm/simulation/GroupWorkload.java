/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
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
    private final List<GroupMember> all = new ArrayList<>();
    private final GroupLink administrator;
    private boolean frozen;

    private record Members(String id, GroupHistory history, List<GroupMember> members) {}

    GroupWorkload(World world, SimCluster cluster, Coverage coverage) {
        this.world = world;
        this.cluster = cluster;
        this.coverage = coverage;
        this.administrator = new GroupLink(world, cluster);
    }

    /** Three dynamic members in one group; a static one and a dynamic one in the other. */
    void begin() {
        add("g0", 3, 0);
        add("g1", 1, 1);
    }

    private void add(String group, int dynamic, int statics) {
        GroupHistory history = new GroupHistory(group);
        List<GroupMember> members = new ArrayList<>();
        for (int i = 0; i < dynamic + statics; i++) {
            String instance = i < dynamic ? null : "static-" + i;
            GroupMember member = new GroupMember(world, cluster, coverage, group, history, instance);
            members.add(member);
            goOn(member);
        }
        groups.add(new Members(group, history, members));
        all.addAll(members);
    }

    private void goOn(GroupMember member) {
        world.time.scheduleMs(1 + world.below(2 * STEP_MS), () -> {
            if (!frozen) {
                member.step();
                goOn(member);
            }
        });
    }

    /** One of the members, for whoever disturbs them. */
    GroupMember any() {
        return all.get(world.below(all.size()));
    }

    /** Whether all members of each group know their parts of its newest generation, which are all there is. */
    boolean settled() {
        return groups.stream().allMatch(GroupWorkload::settled);
    }

    private static boolean settled(Members group) {
        TreeSet<Integer> owned = new TreeSet<>();
        for (GroupMember member : group.members) {
            if (!member.isStable() || member.generation() != group.history.newestGeneration()) {
                return false;
            }
            owned.addAll(member.owned());
        }
        return owned.size() == GroupMember.PARTITIONS;
    }

    /** Nothing new is committed. */
    void stop() {
        all.forEach(GroupMember::stopCommitting);
    }

    /** Members do nothing any more. */
    void freeze() {
        frozen = true;
    }

    /** Nothing is under way. */
    boolean isQuiet() {
        return all.stream().noneMatch(GroupMember::isWaiting);
    }

    /** What the coordinator says about all groups, once it is {@link #isComplete}. */
    final class Look {
        private final Map<String, DescribedGroup> described = new HashMap<>();
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
