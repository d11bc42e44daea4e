/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.Await;
import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.Leaders;
import io.klamm.testkit.ground.LinkFault;
import io.klamm.testkit.ground.Traffic;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A fault between its injection and its heal. */
final class OpenFault {
    private static final Duration FELT = Duration.ofSeconds(20);

    private record Link(int from, int to) {}

    private final Ground ground;
    private final Operator operator;
    private final HistoryRecorder history;
    private final Play play;
    private final PlannedFault planned;
    private final Roles roles;
    private final List<Integer> nodes;
    private final List<Link> links;
    /** What must arrive all the same, and where. */
    private final @Nullable Traffic spared;

    private final List<Link> watched = new ArrayList<>();
    private final List<Integer> struck = new ArrayList<>();
    private final List<Link> harmed = new ArrayList<>();
    private final List<String> evidence = new ArrayList<>();
    private final long begunNanos;

    OpenFault(Ground ground, Operator operator, HistoryRecorder history, Play play, PlannedFault planned, Roles roles) {
        this.ground = ground;
        this.operator = operator;
        this.history = history;
        this.play = play;
        this.planned = planned;
        this.roles = roles;
        this.nodes = roles.of(planned.target());
        this.links = planned.kind().link() == null ? List.of() : links();
        this.spared = planned.kind().spares();
        if (nodes.isEmpty() || (planned.kind().link() != null && links.isEmpty())) {
            throw new AssertionError(planned + " hits nobody");
        }
        this.begunNanos = history.now();
    }

    PlannedFault planned() {
        return planned;
    }

    /** Nodes that may not answer while it lasts. */
    List<Integer> silenced() {
        return planned.kind().isOperators() || planned.kind().link() != null ? List.of() : nodes;
    }

    private List<Link> links() {
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

    /**
     * Does it, to all of its nodes at once.
     *
     * @param others that are open already
     * @param leaders at this moment
     */
    void inject(List<OpenFault> others, Leaders leaders) {
        if (!planned.kind().isOperators()) {
            evidence.add(leaders.toString());
        }
        LinkFault link = planned.kind().link();
        if (link == null) {
            struck.addAll(nodes);
            String seen = strike();
            if (seen.isBlank()) {
                throw new AssertionError(planned + " has left no evidence");
            }
            evidence.add(seen);
        } else {
            cut(link);
        }
        if (planned.kind() == PlannedFault.Kind.KILL
                && others.stream().anyMatch(other -> other.planned.kind() == PlannedFault.Kind.CREATE_TOPICS)) {
            evidence.add(operator.openTopics(begunNanos));
        }
    }

    private void cut(LinkFault link) {
        for (Link each : links) {
            harmed.add(each);
            ground.harm(link, each.from(), each.to());
        }
        Traffic traffic = spared;
        if (traffic != null) {
            for (Link each : links) {
                // Where one direction is cut, it is the other one that must be open.
                Link open = planned.kind().bothWays() ? each : new Link(each.to(), each.from());
                watched.add(open);
                ground.watch(traffic, open.from(), open.to());
            }
        }
    }

    private String strike() {
        return switch (planned.kind()) {
            case KILL -> ground.kill(nodes);
            case PAUSE -> ground.pause(nodes);
            case POWER_LOSS -> ground.cutPower(nodes);
            case FILL_DISK -> ground.fillDisk(nodes);
            case JUMP_CLOCK -> ground.jumpClock(nodes, planned.byMillis());
            case STOP -> ground.stop(one());
            case FREEZE_DISK -> ground.freezeDisk(one());
            case FILL_METADATA_DISK -> ground.fillMetadataDisk(one());
            case FREEZE_METADATA_DISK -> ground.freezeMetadataDisk(one());
            case DISK_ERRORS -> ground.failDisk(one());
            case METADATA_DISK_ERRORS -> ground.failMetadataDisk(one());
            case DROP_REPLICA -> operator.dropReplica(roles.aim(), one());
            case ADD_REPLICA, ADD_REPLICA_IN_VAIN -> operator.beginReplicas(roles.aim());
            case CREATE_TOPICS -> operator.beginTopics();
            default -> throw new IllegalStateException(planned.kind() + " of a node");
        };
    }

    private int one() {
        if (nodes.size() != 1) {
            throw new IllegalStateException(planned.kind() + " of " + nodes + ": one after the other is not at once");
        }
        return nodes.get(0);
    }

    /**
     * Undoes all of it, and takes it down, whatever fails.
     *
     * @throws AssertionError when it was not felt, or something could not be undone
     */
    void heal() {
        FirstFailure failures = new FirstFailure();
        if (!harmed.isEmpty()) {
            failures.in(this::feel);
        }
        undo(failures);
    }

    /** The same without waiting for evidence: the round has failed already. */
    void abandon() {
        undo(new FirstFailure());
    }

    private void undo(FirstFailure failures) {
        LinkFault link = planned.kind().link();
        if (link != null) {
            harmed.forEach(each -> failures.in(() -> ground.mend(link, each.from(), each.to())));
        }
        Traffic traffic = spared;
        if (traffic != null) {
            watched.forEach(each -> failures.in(() -> ground.unwatch(traffic, each.from(), each.to())));
        }
        struck.forEach(node -> failures.in(() -> undo(node)));
        failures.in(this::takeDown).rethrow();
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
                evidence.isEmpty() ? "none" : String.join("; ", evidence)));
    }

    /** Some nodes have nothing to say to each other; of all links together one must have been used. */
    private void feel() {
        LinkFault link = planned.kind().link();
        if (link == null) {
            return;
        }
        Await.until(planned + " is felt on " + links, FELT, () -> links.stream()
                .anyMatch(each -> ground.felt(link, each.from(), each.to()) > 0));
        for (Link each : links) {
            evidence.add(
                    each.from() + " to " + each.to() + ": " + ground.felt(link, each.from(), each.to()) + " packets");
        }
        Traffic what = spared;
        if (what == null) {
            return;
        }
        Await.until(planned + " lets pass " + what + " on " + watched, FELT, () -> watched.stream()
                .anyMatch(each -> ground.arrived(what, each.from(), each.to()) > 0));
        for (Link each : watched) {
            evidence.add(ground.arrived(what, each.from(), each.to()) + " packets"
                    + (what == Traffic.BROKER ? " of brokers" : "") + " from " + each.from() + " reached " + each.to());
        }
    }

    private void undo(int node) {
        switch (planned.kind()) {
            case KILL, STOP, POWER_LOSS -> ground.start(node);
            case PAUSE -> ground.resume(node);
            case FILL_DISK -> ground.freeDisk(node);
            case FILL_METADATA_DISK -> {
                try {
                    evidence.add(ground.freeMetadataDisk(node));
                } finally {
                    ground.start(node);
                }
            }
            case FREEZE_DISK, FREEZE_METADATA_DISK -> ground.thawDisk(node);
            case DISK_ERRORS, METADATA_DISK_ERRORS -> {
                ground.repairDisks(node);
                ground.start(node);
            }
            case JUMP_CLOCK -> ground.resetClock(node);
            case DROP_REPLICA -> {
                // The play itself puts it back.
            }
            case ADD_REPLICA -> evidence.add(operator.awaitReplicas(roles.aim()));
            case ADD_REPLICA_IN_VAIN -> evidence.add(operator.cancelReplicas(roles.aim()));
            case CREATE_TOPICS -> evidence.add(operator.endTopics());
            default -> throw new IllegalStateException(planned.kind() + " of a node");
        }
    }
}
