/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.Leaders;
import io.klamm.testkit.history.HistoryRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * Does what a schedule says to a ground, and takes down each fault with its evidence. After each round everything is healed, all nodes
 * must serve, and all replicas must come back in sync. When something fails, all that is open is healed and taken down nevertheless, and
 * what failed first is the cause. Runs on the thread of its caller.
 */
public final class Nemesis {
    private static final Duration WHOLE = Duration.ofMinutes(3);

    private final Ground ground;
    private final Operator operator;
    private final HistoryRecorder history;
    private final List<String> topics;
    private final LongConsumer waitMillis;

    /**
     * @param topics those whose replicas must be in sync between two rounds; at a partition of the first one, chosen by the seed, each round is aimed
     * @param waitMillis waits for so long
     */
    public Nemesis(
            Ground ground, Operator operator, HistoryRecorder history, List<String> topics, LongConsumer waitMillis) {
        this.ground = ground;
        this.operator = operator;
        this.history = history;
        this.topics = List.copyOf(topics);
        this.waitMillis = waitMillis;
    }

    /** @throws AssertionError when a fault did not bite, or the cluster did not recover from an act */
    public void perform(Schedule schedule) {
        Random aims = new Random(schedule.seed());
        for (Schedule.Act act : schedule.acts()) {
            waitMillis.accept(act.calmMillis());
            for (List<PlannedFault> round : act.rounds()) {
                perform(act.play(), round, aims.nextInt());
                ground.awaitWhole(WHOLE);
                ground.awaitInSync(topics, WHOLE);
            }
        }
        ground.assertBitten();
    }

    /** @param order what happens at the same moment goes in the order of the plan */
    private record Step(long atMillis, boolean heals, int order, PlannedFault fault) {}

    private void perform(Play play, List<PlannedFault> round, int aim) {
        List<OpenFault> open = new ArrayList<>();
        FirstFailure failures = new FirstFailure().in(() -> play(play, round, aim, open));
        // Only when a step has failed: what was begun must not outlive the round. The operator needs nodes to undo what
        // is theirs.
        open.sort(Comparator.comparing(fault -> fault.planned().kind().isOperators()));
        open.forEach(fault -> failures.in(fault::abandon));
        failures.rethrow();
    }

    private void play(Play play, List<PlannedFault> round, int aim, List<OpenFault> open) {
        Roles roles = Roles.now(ground, topics.get(0), aim, round.stream().anyMatch(PlannedFault::partsLeaders));
        // What ends at the moment when another begins, ends before it.
        PriorityQueue<Step> steps = new PriorityQueue<>(Comparator.comparingLong(Step::atMillis)
                .thenComparing(step -> !step.heals())
                .thenComparingInt(Step::order));
        round.forEach(fault -> steps.add(new Step(fault.afterMillis(), false, steps.size(), fault)));
        long at = 0;
        Leaders leaders = null;
        while (!steps.isEmpty()) {
            Step step = steps.remove();
            if (step.atMillis() > at) {
                // Asked once for what strikes at the same moment: the first of these may make the answer slow.
                leaders = null;
            }
            waitMillis.accept(step.atMillis() - at);
            at = step.atMillis();
            PlannedFault planned = step.fault();
            if (step.heals()) {
                OpenFault over = open.stream()
                        .filter(fault -> fault.planned().equals(planned))
                        .findFirst()
                        .orElseThrow();
                open.remove(over);
                over.heal();
            } else {
                OpenFault begun = new OpenFault(ground, operator, history, play, planned, roles);
                List<OpenFault> others = List.copyOf(open);
                open.add(begun);
                if (leaders == null) {
                    leaders = ground.leadersNow(roles.aim(), untouched(others));
                }
                begun.inject(others, leaders);
                steps.add(new Step(at + planned.forMillis(), true, step.order(), planned));
            }
        }
    }

    /** Those answer. */
    private List<Integer> untouched(List<OpenFault> open) {
        List<Integer> untouched = new ArrayList<>(ground.nodes());
        open.forEach(fault -> untouched.removeAll(fault.silenced()));
        return untouched;
    }
}
