/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.nemesis.PlannedFault.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Does what a schedule says to a ground, and takes down each fault with its evidence. After each act everything is healed and all nodes
 * must serve. Runs on the thread of its caller.
 */
public final class Nemesis {
    private static final Duration WHOLE = Duration.ofSeconds(90);

    private final Ground ground;
    private final HistoryRecorder history;
    private final TopicPartition aim;
    private final LongConsumer waitMillis;

    /**
     * @param aim the partition whose leader and followers are meant
     * @param waitMillis waits for so long
     */
    public Nemesis(Ground ground, HistoryRecorder history, TopicPartition aim, LongConsumer waitMillis) {
        this.ground = ground;
        this.history = history;
        this.aim = aim;
        this.waitMillis = waitMillis;
    }

    /** @throws AssertionError when a fault did not bite, or the cluster did not recover from an act */
    public void perform(Schedule schedule) {
        for (Schedule.Act act : schedule.acts()) {
            waitMillis.accept(act.calmMillis());
            perform(act);
            ground.awaitWhole(WHOLE);
        }
    }

    private record Step(long atMillis, boolean heals, PlannedFault fault) {}

    private void perform(Schedule.Act act) {
        Roles roles = Roles.now(ground, aim);
        // What ends at the moment when another begins, ends before it.
        PriorityQueue<Step> steps = new PriorityQueue<>(
                Comparator.comparingLong(Step::atMillis).thenComparing(step -> !step.heals()));
        act.faults().forEach(fault -> steps.add(new Step(fault.afterMillis(), false, fault)));
        List<OpenFault> open = new ArrayList<>();
        long at = 0;
        try {
            while (!steps.isEmpty()) {
                Step step = steps.remove();
                waitMillis.accept(step.atMillis() - at);
                at = step.atMillis();
                PlannedFault planned = step.fault();
                if (step.heals()) {
                    OpenFault over = open.stream()
                            .filter(fault -> fault.planned.equals(planned))
                            .findFirst()
                            .orElseThrow();
                    open.remove(over);
                    over.heal();
                } else {
                    OpenFault begun = new OpenFault(act.play(), planned, roles);
                    open.add(begun);
                    begun.inject();
                    steps.add(new Step(at + planned.forMillis(), true, planned));
                }
            }
        } finally {
            // Only when a step has thrown: what was begun must not outlive the act.
            List.copyOf(open).forEach(OpenFault::heal);
        }
    }

    private record Link(int from, int to) {}

    /** A fault between its injection and its heal. */
    private final class OpenFault {
        private final Play play;
        private final PlannedFault planned;
        private final List<Integer> nodes;
        private final List<Link> links;
        private final List<Integer> hit = new ArrayList<>();
        private final List<Link> cut = new ArrayList<>();
        private final List<String> evidence = new ArrayList<>();
        private final long begunNanos = history.now();

        OpenFault(Play play, PlannedFault planned, Roles roles) {
            this.play = play;
            this.planned = planned;
            this.nodes = roles.of(planned.target());
            this.links = new ArrayList<>();
            for (Integer node : nodes) {
                for (Integer peer : roles.of(planned.peer())) {
                    if (!node.equals(peer)) {
                        links.add(new Link(node, peer));
                        if (planned.kind() == Kind.CUT_BOTH_WAYS) {
                            links.add(new Link(peer, node));
                        }
                    }
                }
            }
            if (links.isEmpty() && (planned.kind() == Kind.CUT_ONE_WAY || planned.kind() == Kind.CUT_BOTH_WAYS)) {
                // One node has both roles: it is parted from all others.
                ground.nodes().stream().filter(id -> !nodes.contains(id)).forEach(id -> {
                    links.add(new Link(nodes.get(0), id));
                    links.add(new Link(id, nodes.get(0)));
                });
            }
        }

        void inject() {
            for (Link link : links) {
                cut.add(link);
                ground.cut(link.from(), link.to());
            }
            if (links.isEmpty()) {
                for (Integer node : nodes) {
                    hit.add(node);
                    evidence.add("node " + node + ": " + strike(node));
                }
            }
        }

        private String strike(int node) {
            return switch (planned.kind()) {
                case KILL -> ground.kill(node);
                case STOP -> ground.stop(node);
                case PAUSE -> ground.pause(node);
                case FILL_DISK -> ground.fillDisk(node);
                case FREEZE_DISK -> ground.freezeDisk(node);
                case CUT_ONE_WAY, CUT_BOTH_WAYS -> throw new IllegalStateException("a cut without links");
            };
        }

        void heal() {
            try {
                for (Link link : cut) {
                    evidence.add(link.from() + " to " + link.to() + ": " + ground.keptBack(link.from(), link.to()));
                }
            } finally {
                cut.forEach(link -> ground.mend(link.from(), link.to()));
                hit.forEach(this::undo);
                TreeSet<Integer> concerned = new TreeSet<>(nodes);
                cut.forEach(link -> concerned.add(link.to()));
                history.add(new Fault(
                        new Span(begunNanos, history.now()),
                        "nemesis",
                        play + ": " + planned.kind(),
                        List.copyOf(concerned),
                        String.join("; ", evidence)));
            }
        }

        private void undo(int node) {
            switch (planned.kind()) {
                case KILL, STOP -> ground.start(node);
                case PAUSE -> ground.resume(node);
                case FILL_DISK -> ground.freeDisk(node);
                case FREEZE_DISK -> ground.thawDisk(node);
                case CUT_ONE_WAY, CUT_BOTH_WAYS -> throw new IllegalStateException("a cut without links");
            }
        }
    }
}
