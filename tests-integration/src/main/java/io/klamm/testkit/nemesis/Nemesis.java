/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.Await;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LinkFault;
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
 * Does what a schedule says to a ground, and takes down each fault with its evidence. After each round everything is healed, all nodes
 * must serve, and all replicas must come back in sync. Runs on the thread of its caller.
 */
public final class Nemesis {
    private static final Duration WHOLE = Duration.ofMinutes(3);
    private static final Duration FELT = Duration.ofSeconds(20);

    private final Ground ground;
    private final Operator operator;
    private final HistoryRecorder history;
    private final TopicPartition aim;
    private final LongConsumer waitMillis;

    /**
     * @param aim the partition whose leader and followers are meant
     * @param waitMillis waits for so long
     */
    public Nemesis(
            Ground ground, Operator operator, HistoryRecorder history, TopicPartition aim, LongConsumer waitMillis) {
        this.ground = ground;
        this.operator = operator;
        this.history = history;
        this.aim = aim;
        this.waitMillis = waitMillis;
    }

    /** @throws AssertionError when a fault did not bite, or the cluster did not recover from an act */
    public void perform(Schedule schedule) {
        for (Schedule.Act act : schedule.acts()) {
            waitMillis.accept(act.calmMillis());
            for (List<PlannedFault> round : act.rounds()) {
                perform(act.play(), round);
                ground.awaitWhole(WHOLE);
                ground.awaitInSync(aim.topic(), WHOLE);
            }
        }
    }

    private record Step(long atMillis, boolean heals, PlannedFault fault) {}

    private void perform(Play play, List<PlannedFault> round) {
        Roles roles = Roles.now(ground, aim);
        // What ends at the moment when another begins, ends before it.
        PriorityQueue<Step> steps =
                new PriorityQueue<>(Comparator.comparingLong(Step::atMillis).thenComparing(step -> !step.heals()));
        round.forEach(fault -> steps.add(new Step(fault.afterMillis(), false, fault)));
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
                    OpenFault begun = new OpenFault(play, planned, roles);
                    open.add(begun);
                    begun.inject();
                    steps.add(new Step(at + planned.forMillis(), true, planned));
                }
            }
        } finally {
            // Only when a step has thrown: what was begun must not outlive the round.
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
        private final List<Integer> struck = new ArrayList<>();
        private final List<Link> harmed = new ArrayList<>();
        private final List<String> evidence = new ArrayList<>();
        private final long begunNanos = history.now();

        OpenFault(Play play, PlannedFault planned, Roles roles) {
            this.play = play;
            this.planned = planned;
            this.nodes = roles.of(planned.target());
            this.links = planned.kind().link() == null ? List.of() : links(roles);
        }

        private List<Link> links(Roles roles) {
            List<Integer> peers = new ArrayList<>(roles.of(planned.peer()));
            peers.removeAll(nodes);
            if (peers.isEmpty()) {
                // One node has both roles: all others are its peers.
                peers.addAll(ground.nodes());
                peers.removeAll(nodes);
            }
            List<Link> between = new ArrayList<>();
            for (Integer node : nodes) {
                for (Integer peer : peers) {
                    between.add(new Link(node, peer));
                    if (planned.kind().bothWays()) {
                        between.add(new Link(peer, node));
                    }
                }
            }
            return between;
        }

        void inject() {
            LinkFault link = planned.kind().link();
            if (planned.kind() == Kind.POWER_LOSS) {
                struck.addAll(nodes);
                evidence.add(ground.cutPower(nodes));
            } else if (link == null) {
                for (Integer node : nodes) {
                    struck.add(node);
                    evidence.add("node " + node + ": " + strike(node));
                }
            } else {
                for (Link each : links) {
                    ground.harm(link, each.from(), each.to());
                    harmed.add(each);
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
                case DISK_ERRORS -> ground.failDisk(node);
                case METADATA_DISK_ERRORS -> ground.failMetadataDisk(node);
                case JUMP_CLOCK -> ground.jumpClock(node, planned.byMillis());
                case DROP_REPLICA -> operator.dropReplica(aim, node);
                case ADD_REPLICA, ADD_REPLICA_IN_VAIN -> operator.beginReplicas(aim);
                case CREATE_TOPICS -> operator.beginTopics();
                default -> throw new IllegalStateException(planned.kind() + " of a node");
            };
        }

        void heal() {
            LinkFault link = planned.kind().link();
            try {
                if (link != null) {
                    feel(link);
                }
            } finally {
                if (link != null) {
                    harmed.forEach(each -> ground.mend(link, each.from(), each.to()));
                }
                try {
                    struck.forEach(this::undo);
                } finally {
                    takeDown();
                }
            }
        }

        private void takeDown() {
            TreeSet<Integer> concerned = new TreeSet<>(nodes);
            harmed.forEach(each -> {
                concerned.add(each.from());
                concerned.add(each.to());
            });
            history.add(new Fault(
                    new Span(begunNanos, history.now()),
                    "nemesis",
                    play.toString(),
                    planned.kind().toString(),
                    List.copyOf(concerned),
                    String.join("; ", evidence)));
        }

        /** Some nodes have nothing to say to each other; of all links together one must have been used. */
        private void feel(LinkFault link) {
            Await.until(planned + " is felt on " + links, FELT, () -> links.stream()
                    .anyMatch(each -> ground.felt(link, each.from(), each.to()) > 0));
            for (Link each : links) {
                evidence.add(each.from() + " to " + each.to() + ": " + ground.felt(link, each.from(), each.to())
                        + " packets");
            }
        }

        private void undo(int node) {
            switch (planned.kind()) {
                case KILL, STOP, POWER_LOSS -> ground.start(node);
                case PAUSE -> ground.resume(node);
                case FILL_DISK -> ground.freeDisk(node);
                case FREEZE_DISK -> ground.thawDisk(node);
                case DISK_ERRORS, METADATA_DISK_ERRORS -> {
                    ground.repairDisks(node);
                    ground.start(node);
                }
                case JUMP_CLOCK -> ground.resetClock(node);
                case DROP_REPLICA -> {
                    // The play itself puts it back.
                }
                case ADD_REPLICA -> evidence.add(operator.awaitReplicas(aim));
                case ADD_REPLICA_IN_VAIN -> evidence.add(operator.cancelReplicas(aim));
                case CREATE_TOPICS -> evidence.add(operator.endTopics());
                default -> throw new IllegalStateException(planned.kind() + " of a node");
            }
        }
    }
}
