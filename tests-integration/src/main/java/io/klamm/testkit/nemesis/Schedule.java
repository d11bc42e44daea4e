/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ability;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** What the nemesis is going to do, act by act. Pure data: the same seed, abilities and number of nodes give the same schedule. */
public record Schedule(long seed, List<Act> acts) {
    private static final int LEAST_CALM_MILLIS = 1_500;
    private static final int MORE_CALM_MILLIS = 4_000;

    /**
     * One play.
     *
     * @param calmMillis nothing happens for so long before it, all nodes serving
     * @param rounds faults in their order; before the next round the cluster becomes whole
     */
    public record Act(long calmMillis, Play play, List<List<PlannedFault>> rounds) {
        /** From its beginning to the end of its last fault, the time that nodes need to become whole not counted. */
        public long lengthMillis() {
            return rounds.stream()
                    .mapToLong(round -> round.stream()
                            .mapToLong(fault -> fault.afterMillis() + fault.forMillis())
                            .max()
                            .orElse(0))
                    .sum();
        }

        /** Of all rounds. */
        public List<PlannedFault> faults() {
            return rounds.stream().flatMap(List::stream).toList();
        }
    }

    /** Number of all its faults. */
    public int faults() {
        return acts.stream().mapToInt(act -> act.faults().size()).sum();
    }

    /**
     * As many acts as begin within a time. Every play that the abilities allow comes once before one comes twice.
     *
     * @param abilities what the ground can do
     * @param nodes number of the ground's nodes
     * @param millis the restarts' own time not counted
     */
    public static Schedule generate(long seed, Set<Ability> abilities, int nodes, long millis) {
        return generate(seed, abilities, nodes, EnumSet.allOf(Play.class), millis);
    }

    /**
     * The same with some plays only.
     *
     * @param plays to choose from
     * @throws IllegalArgumentException when none of them can be done
     */
    public static Schedule generate(long seed, Set<Ability> abilities, int nodes, Set<Play> plays, long millis) {
        List<Play> possible = Arrays.stream(Play.values())
                .filter(play -> plays.contains(play) && abilities.containsAll(play.needs()))
                .toList();
        if (possible.isEmpty()) {
            throw new IllegalArgumentException("none of " + plays + " can be done with " + abilities);
        }
        Random random = new Random(seed);
        List<Act> acts = new ArrayList<>();
        List<Play> waiting = new ArrayList<>();
        long at = 0;
        while (true) {
            if (waiting.isEmpty()) {
                waiting.addAll(possible);
                Collections.shuffle(waiting, random);
            }
            Play play = waiting.remove(waiting.size() - 1);
            int calm = LEAST_CALM_MILLIS + random.nextInt(MORE_CALM_MILLIS);
            Act act = new Act(calm, play, play.plan(random, nodes));
            if (at + calm >= millis) {
                return new Schedule(seed, List.copyOf(acts));
            }
            acts.add(act);
            at += calm + act.lengthMillis();
        }
    }

    @Override
    public String toString() {
        return "schedule of seed " + seed
                + acts.stream()
                        .map(act -> "\n  after " + act.calmMillis() + " ms: " + act.play()
                                + act.faults().stream()
                                        .map(fault -> "\n    " + fault)
                                        .collect(Collectors.joining()))
                        .collect(Collectors.joining());
    }
}
