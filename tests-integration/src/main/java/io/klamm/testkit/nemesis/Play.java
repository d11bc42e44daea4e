/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ability;
import io.klamm.testkit.nemesis.PlannedFault.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The plays of the nemesis: single faults, and those combinations that have broken replicated logs. */
public enum Play {
    KILL_PARTITION_LEADER(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.KILL, Target.PARTITION_LEADER));
        }
    },
    KILL_QUORUM_LEADER(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.KILL, Target.QUORUM_LEADER));
        }
    },
    /** After power loss or a kill of everybody nothing acknowledged may be gone, as long as the disks have it. */
    KILL_ALL(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, 500L + random.nextInt(2_000), Kind.KILL, Target.ALL));
        }
    },
    /** One node dies again and again, mostly while it recovers. */
    RESTART_STORM(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            List<PlannedFault> faults = new ArrayList<>();
            Target victim = anyone(random, nodes);
            long at = 0;
            for (int i = 0; i < 4; i++) {
                faults.add(PlannedFault.of(at, 200, Kind.KILL, victim));
                at += 700 + random.nextInt(2_500);
            }
            return List.of(faults);
        }
    },
    /** Each node in turn is stopped as an operator does it, who waits until all is well before the next one. */
    ROLLING_RESTART(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return each(nodes)
                    .map(node -> List.of(PlannedFault.of(0, 200L + random.nextInt(1_500), Kind.STOP, node)))
                    .toList();
        }
    },
    PAUSE_PARTITION_LEADER(Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, pause(random), Kind.PAUSE, Target.PARTITION_LEADER));
        }
    },
    PAUSE_QUORUM_LEADER(Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, pause(random), Kind.PAUSE, Target.QUORUM_LEADER));
        }
    },
    /** What only the leader has must not have been acknowledged. */
    FREEZE_FOLLOWERS_THEN_KILL_LEADER(Ability.PAUSE, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long frozen = 1_000L + random.nextInt(3_000);
            return once(
                    PlannedFault.of(0, frozen + 300, Kind.PAUSE, Target.PARTITION_FOLLOWERS),
                    PlannedFault.of(frozen, shortly(random), Kind.KILL, Target.PARTITION_LEADER));
        }
    },
    /** It can still be reached by clients and followers, and the others choose another one. */
    LEADER_CUT_FROM_QUORUM(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(0, apart(random), Kind.CUT_QUORUM, Target.QUORUM_LEADER, Target.ALL));
        }
    },
    /** It can still be reached by clients and followers, and does not hear that it leads no more. */
    PARTITION_LEADER_CUT_FROM_QUORUM(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(0, apart(random), Kind.CUT_QUORUM, Target.PARTITION_LEADER, Target.ALL));
        }
    },
    ISOLATE_NODE(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(0, apart(random), Kind.CUT_BOTH_WAYS, anyone(random, nodes), Target.ALL));
        }
    },
    /** The followers hear their leader, and it does not hear them, or the other way round. */
    ONE_WAY_CUT(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            boolean leaderIsDumb = random.nextBoolean();
            return once(new PlannedFault(
                    0,
                    apart(random),
                    Kind.CUT_ONE_WAY,
                    leaderIsDumb ? Target.PARTITION_LEADER : Target.PARTITION_FOLLOWERS,
                    leaderIsDumb ? Target.PARTITION_FOLLOWERS : Target.PARTITION_LEADER));
        }
    },
    /** Two nodes do not hear each other, and a third one hears both. */
    TWO_LEADERS_APART(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(
                    0, apart(random), Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.QUORUM_LEADER));
        }
    },
    /** Of three nodes each hears one other only, which does not hear it; of more each hears a majority, and no two the same one. */
    RING(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long apart = apart(random);
            return List.of(nodes > 3 ? Ring.ofMajorities(nodes, apart) : Ring.oneWay(nodes, apart));
        }
    },
    LOSSY_LINKS(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(
                    0, apart(random), Kind.LOSSY_LINKS, Target.PARTITION_LEADER, Target.PARTITION_FOLLOWERS));
        }
    },
    RESETS(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(
                    0, apart(random), Kind.RESETTING_LINKS, Target.PARTITION_LEADER, Target.PARTITION_FOLLOWERS));
        }
    },
    SLOW_LINKS(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(new PlannedFault(
                    0, apart(random), Kind.SLOW_LINKS, Target.PARTITION_LEADER, Target.PARTITION_FOLLOWERS));
        }
    },
    /** Who does not hear its leader must not take its place with less than was acknowledged. */
    CUT_A_FOLLOWER_THEN_KILL_LEADER(Ability.HARM_LINKS, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long apart = apart(random);
            long dead = shortly(random);
            return once(
                    new PlannedFault(
                            0,
                            apart + dead + 500,
                            Kind.CUT_BOTH_WAYS,
                            Target.A_PARTITION_FOLLOWER,
                            Target.PARTITION_LEADER),
                    PlannedFault.of(apart, dead, Kind.KILL, Target.PARTITION_LEADER));
        }
    },
    /** Of three nodes none has a majority until one of the two is back. */
    CUT_LEADER_FROM_QUORUM_WHILE_A_FOLLOWER_IS_FROZEN(Ability.HARM_LINKS, Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long frozen = pause(random);
            return once(
                    PlannedFault.of(0, frozen, Kind.PAUSE, Target.A_QUORUM_FOLLOWER),
                    new PlannedFault(300, apart(random), Kind.CUT_QUORUM, Target.QUORUM_LEADER, Target.ALL));
        }
    },
    /** What a node has to catch up with, and what it hands over when it stops, goes through slow links. */
    ROLLING_RESTART_OVER_SLOW_LINKS(Ability.HARM_LINKS, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return each(nodes)
                    .map(node -> {
                        long down = 200L + random.nextInt(1_500);
                        return List.of(
                                new PlannedFault(0, down + 3_000, Kind.SLOW_LINKS, node, Target.ALL),
                                PlannedFault.of(500, down, Kind.STOP, node));
                    })
                    .toList();
        }
    },
    /** What the cut leader appends meanwhile must not be acknowledged, and must go when it comes back. */
    CUT_LEADER_THEN_KILL_IT(Ability.HARM_LINKS, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long apart = apart(random);
            return once(
                    new PlannedFault(
                            0, apart + 500, Kind.CUT_BOTH_WAYS, Target.PARTITION_LEADER, Target.PARTITION_FOLLOWERS),
                    PlannedFault.of(apart, shortly(random), Kind.KILL, Target.PARTITION_LEADER));
        }
    },
    FULL_DISK_OF_LEADER(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.FILL_DISK, Target.PARTITION_LEADER));
        }
    },
    FULL_DISK_OF_ALL(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.FILL_DISK, Target.ALL));
        }
    },
    HANGING_DISK_OF_LEADER(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, hang(random), Kind.FREEZE_DISK, Target.PARTITION_LEADER));
        }
    },
    /** Who cannot write any more must not lead, nor acknowledge. */
    DISK_ERRORS_OF_LEADER(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.DISK_ERRORS, Target.PARTITION_LEADER));
        }
    },
    /** It notices when it has something to write. */
    METADATA_DISK_ERRORS_OF_QUORUM_LEADER(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long before = 100L + random.nextInt(400);
            long dead = shortly(random);
            return once(
                    PlannedFault.of(0, before + dead + 500, Kind.CREATE_TOPICS, Target.QUORUM_LEADER),
                    PlannedFault.of(before, dead, Kind.METADATA_DISK_ERRORS, Target.QUORUM_LEADER));
        }
    },
    /** A voter that can write down neither its vote nor what a new leader says must end; what it has said before it must remember. */
    FULL_METADATA_DISK_OF_A_VOTER_THEN_KILL_QUORUM_LEADER(Ability.HARM_DISKS, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long dead = 2_000L + random.nextInt(4_000);
            return once(
                    PlannedFault.of(0, 500 + dead, Kind.FILL_METADATA_DISK, Target.A_QUORUM_FOLLOWER),
                    PlannedFault.of(200, dead, Kind.KILL, Target.QUORUM_LEADER));
        }
    },
    /** The controller cannot write down what it decides. */
    HANGING_METADATA_DISK_OF_QUORUM_LEADER(Ability.HARM_DISKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long hanging = hang(random);
            return once(
                    PlannedFault.of(0, hanging + 600, Kind.CREATE_TOPICS, Target.QUORUM_LEADER),
                    PlannedFault.of(100, hanging, Kind.FREEZE_METADATA_DISK, Target.QUORUM_LEADER));
        }
    },
    POWER_LOSS_OF_LEADER(Ability.LOSE_POWER) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.POWER_LOSS, Target.PARTITION_LEADER));
        }
    },
    POWER_LOSS_OF_A_FOLLOWER(Ability.LOSE_POWER) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.POWER_LOSS, Target.A_PARTITION_FOLLOWER));
        }
    },
    POWER_LOSS_OF_QUORUM_LEADER(Ability.LOSE_POWER) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.POWER_LOSS, Target.QUORUM_LEADER));
        }
    },
    /** It comes back before its session is over, with less than it had: what it led it must not lead as if nothing had been. */
    POWER_LOSS_FOR_A_MOMENT(Ability.LOSE_POWER) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, 1, Kind.POWER_LOSS, Target.PARTITION_LEADER));
        }
    },
    /** The leader comes back with less than it had, and must not lead those that have more. */
    POWER_LOSS_WHILE_FOLLOWERS_ARE_FROZEN(Ability.LOSE_POWER, Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(
                    PlannedFault.of(0, 2_000, Kind.PAUSE, Target.PARTITION_FOLLOWERS),
                    PlannedFault.of(500, 200, Kind.POWER_LOSS, Target.PARTITION_LEADER));
        }
    },
    /** Only what is forced before it is acknowledged must be there afterwards. */
    POWER_LOSS_OF_ALL(Ability.POWER_FOR_ALL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.of(0, shortly(random), Kind.POWER_LOSS, Target.ALL));
        }
    },
    /** What was asked for under the old controller is done once or not at all, and each answer holds. */
    KILL_CONTROLLER_WHILE_TOPICS_ARE_CREATED(Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long before = 100L + random.nextInt(400);
            long dead = shortly(random);
            return once(
                    PlannedFault.of(0, before + dead + 500, Kind.CREATE_TOPICS, Target.QUORUM_LEADER),
                    PlannedFault.of(before, dead, Kind.KILL, Target.QUORUM_LEADER));
        }
    },
    /** The new replica cannot hear its leader when it is to begin. */
    REASSIGN_ACROSS_A_CUT(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long apart = 1_000L + random.nextInt(6_000);
            return once(
                    DROP,
                    new PlannedFault(
                            500, apart, Kind.CUT_BOTH_WAYS, Target.A_PARTITION_FOLLOWER, Target.PARTITION_LEADER),
                    addReplica(600, apart + 500));
        }
    },
    /** It is called off and begun again while the new replica cannot hear its leader. */
    REASSIGN_IN_VAIN_ACROSS_A_CUT(Ability.HARM_LINKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long inVain = 200L + random.nextInt(2_000);
            long apart = inVain + 1_000 + random.nextInt(3_000);
            return once(
                    DROP,
                    new PlannedFault(
                            500, apart, Kind.CUT_BOTH_WAYS, Target.A_PARTITION_FOLLOWER, Target.PARTITION_LEADER),
                    PlannedFault.of(600, inVain, Kind.ADD_REPLICA_IN_VAIN, Target.A_PARTITION_FOLLOWER),
                    addReplica(700 + inVain, apart + 500));
        }
    },
    /** Who copies from it, and who decides on it, is gone when the new replica begins. */
    REASSIGN_THEN_KILL_A_LEADER(Ability.KILL, Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long frozen = 800L + random.nextInt(1_200);
            long dead = shortly(random);
            Target victim = random.nextBoolean() ? Target.PARTITION_LEADER : Target.QUORUM_LEADER;
            return once(
                    DROP,
                    PlannedFault.of(500, frozen, Kind.PAUSE, Target.A_PARTITION_FOLLOWER),
                    addReplica(600, frozen + dead + 500),
                    PlannedFault.of(400 + frozen, dead, Kind.KILL, victim));
        }
    },
    REASSIGN_THEN_KILL_THE_NEW_REPLICA(Ability.KILL, Ability.PAUSE) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long frozen = 500L + random.nextInt(500);
            long dead = shortly(random);
            return once(
                    DROP,
                    PlannedFault.of(500, frozen, Kind.PAUSE, Target.A_PARTITION_FOLLOWER),
                    addReplica(600, frozen + dead + 500),
                    PlannedFault.of(500 + frozen + random.nextInt(200), dead, Kind.KILL, Target.A_PARTITION_FOLLOWER));
        }
    },
    /** No time-out may be one of the wall clock, and no record's time decides on an order. */
    LEADER_CLOCK_BACK(Ability.JUMP_CLOCKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.jump(0, shortly(random), Target.PARTITION_LEADER, -jump(random)));
        }
    },
    /** A follower must not find old what its leader finds young. */
    FOLLOWER_CLOCKS_AHEAD(Ability.JUMP_CLOCKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.jump(0, shortly(random), Target.PARTITION_FOLLOWERS, jump(random)));
        }
    },
    CONTROLLER_CLOCK_JUMPS(Ability.JUMP_CLOCKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long by = jump(random);
            return once(PlannedFault.jump(0, shortly(random), Target.QUORUM_LEADER, random.nextBoolean() ? by : -by));
        }
    },
    ALL_CLOCKS_A_DAY_AHEAD(Ability.JUMP_CLOCKS) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            return once(PlannedFault.jump(0, shortly(random), Target.ALL, 24 * HOUR_MILLIS));
        }
    },
    /** It comes back to a log that was written in its future. */
    LEADER_CLOCK_BACK_THEN_KILL_IT(Ability.JUMP_CLOCKS, Ability.KILL) {
        @Override
        List<List<PlannedFault>> plan(Random random, int nodes) {
            long before = 200L + random.nextInt(2_000);
            long dead = shortly(random);
            return once(
                    PlannedFault.jump(0, before + dead + 2_000, Target.PARTITION_LEADER, -jump(random)),
                    PlannedFault.of(before, dead, Kind.KILL, Target.PARTITION_LEADER));
        }
    };

    private static final long HOUR_MILLIS = 3_600_000;

    /** Where every node has a replica, one must go before it can be added. */
    private static final PlannedFault DROP = PlannedFault.of(0, 100, Kind.DROP_REPLICA, Target.A_PARTITION_FOLLOWER);

    /** One in so many of the faults that can outlast replica.lag.time.max.ms does. */
    private static final int ONE_OF = 5;

    @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
    private final Set<Ability> needs;

    Play(Ability first, Ability... more) {
        this.needs = Set.copyOf(EnumSet.of(first, more));
    }

    /** What a ground must be able to do. */
    public Set<Ability> needs() {
        return needs;
    }

    /**
     * The faults of one act by the time of their beginning, in rounds: between two rounds all is healed, and the cluster becomes whole. What
     * waits for the cluster is another round, what does not wait is a later fault of the same one.
     *
     * @param nodes number of them
     */
    abstract List<List<PlannedFault>> plan(Random random, int nodes);

    private static List<List<PlannedFault>> once(PlannedFault... faults) {
        return List.of(List.of(faults));
    }

    private static Target anyone(Random random, int nodes) {
        return Target.node(1 + random.nextInt(nodes));
    }

    private static Stream<Target> each(int nodes) {
        return IntStream.rangeClosed(1, nodes).mapToObj(Target::node);
    }

    /** Longer or shorter than the elections that follow. */
    private static long shortly(Random random) {
        return 500L + random.nextInt(6_000);
    }

    /** The same, and now and then so long that a replica which is held up leaves the ISR. */
    private static long apart(Random random) {
        return random.nextInt(ONE_OF) == 0 ? lastingly(random) : shortly(random);
    }

    /** The same for a process. */
    private static long pause(Random random) {
        return random.nextInt(ONE_OF) == 0 ? lastingly(random) : hang(random);
    }

    /** Longer or shorter than a broker's session. */
    private static long hang(Random random) {
        return 300L + random.nextInt(7_000);
    }

    /** Long enough for a replica to leave the ISR, and for what follows from that. */
    private static long lastingly(Random random) {
        return 12_000L + random.nextInt(8_001);
    }

    private static PlannedFault addReplica(long afterMillis, long forMillis) {
        return PlannedFault.of(afterMillis, forMillis, Kind.ADD_REPLICA, Target.A_PARTITION_FOLLOWER);
    }

    /** From seconds to a day. */
    private static long jump(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 5_000L + random.nextInt(60_000);
            case 1 -> HOUR_MILLIS / 2 + random.nextInt(600_000);
            case 2 -> HOUR_MILLIS;
            default -> 24 * HOUR_MILLIS;
        };
    }
}
