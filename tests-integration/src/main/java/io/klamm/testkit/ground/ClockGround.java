/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Await;
import io.klamm.testkit.BrokerProgram;
import io.klamm.testkit.FakeClocks;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeHosts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Node processes on loopback, each with a wall clock that can jump. Needs what {@link FakeClocks} needs. */
public final class ClockGround extends ProcessGround {
    private static final Duration BITE = Duration.ofSeconds(20);
    private static final long NEAR_MILLIS = 2_000;

    private final FakeClocks clocks;
    private final KlammCluster cluster;

    private ClockGround(KlammCluster cluster, FakeClocks clocks) {
        super(cluster);
        this.cluster = cluster;
        this.clocks = clocks;
    }

    /**
     * Defines a cluster; starts nothing.
     *
     * @param name becomes the folder's name
     * @param overrides properties of every node
     */
    public static ClockGround define(String name, int nodes, Map<String, String> overrides) {
        FakeClocks clocks = new FakeClocks(NodeHosts.LOOPBACK);
        return new ClockGround(KlammCluster.define(name, BrokerProgram.KLAMM, clocks, nodes, overrides), clocks);
    }

    @Override
    public String name() {
        return "loopback with clocks of their own";
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE, Ability.JUMP_CLOCKS);
    }

    @Override
    public void start() {
        super.start();
        ClockProbe.createTopic(cluster);
    }

    @Override
    public String jumpClock(List<Integer> nodes, long byMillis) {
        nodes.forEach(node -> clocks.set(node, byMillis));
        try (ClockProbe probe = new ClockProbe(bootstrap(), nodes())) {
            return nodes.stream().map(node -> seen(probe, node, byMillis)).collect(Collectors.joining("; "));
        }
    }

    private static String seen(ClockProbe probe, int node, long byMillis) {
        return Await.get("the clock of node " + node + " is off by " + byMillis + " ms", BITE, () -> {
            long offMillis = probe.offMillis(node);
            return Math.abs(offMillis - byMillis) > NEAR_MILLIS
                    ? null
                    : "node " + node + " stamped a record " + Math.abs(offMillis) / 1_000 + " s "
                            + (offMillis < 0 ? "before" : "after") + " the time of its producer";
        });
    }

    @Override
    public void resetClock(int node) {
        clocks.set(node, 0);
    }

    @Override
    public void close() {
        super.close();
        clocks.close();
    }
}
