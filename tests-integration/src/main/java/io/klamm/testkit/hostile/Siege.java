/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import io.klamm.testkit.Ports;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.hostile.HostileRequest.Target;
import io.klamm.testkit.hostile.Victim.Door;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/** Hostile requests without a pause, and one assault after the other. Each assault is taken down as a fault, with its evidence. */
final class Siege {
    private static final int ATTACKERS = 2;
    private static final Duration HOLD = Duration.ofSeconds(3);

    private final KlammCluster cluster;
    private final HistoryRecorder history;
    private final Verdict verdict;
    private final List<NodeWatch> watches;
    private final Random random;
    private final List<Target> targets = new ArrayList<>();
    private final Attackers attackers;

    /** @param cluster with the {@linkplain Vocabulary#TOPICS topics} of hostile clients */
    Siege(KlammCluster cluster, HistoryRecorder history, List<NodeWatch> watches, long seed, Verdict verdict)
            throws IOException {
        this.cluster = cluster;
        this.history = history;
        this.watches = watches;
        this.verdict = verdict;
        this.random = new Random(seed);
        addTargets(false);
        addTargets(true);
        List<Uuid> ids = Vocabulary.TOPICS.stream()
                .map(topic -> cluster.describe(topic).topicId())
                .toList();
        RequestFuzzer fuzzer = new RequestFuzzer(seed, targets, new Vocabulary(ids), new HostileBatches(100_000));
        attackers = new Attackers(fuzzer, targets, addresses(Door.CLIENTS), addresses(Door.CONTROLLER), verdict);
    }

    /** Every API in every version, as the listeners tell them. */
    private void addTargets(boolean controller) throws IOException {
        InetSocketAddress listener =
                addresses(controller ? Door.CONTROLLER : Door.CLIENTS).get(0);
        try (HostileConnection connection = new HostileConnection(listener, 10_000)) {
            ApiVersionsResponseData told =
                    connection.ask(0, new ApiVersionsRequestData(), new ApiVersionsResponseData());
            for (ApiVersionsResponseData.ApiVersion row : told.apiKeys()) {
                ApiKeys api = ApiKeys.forId(row.apiKey());
                for (short version = (short) Math.max(row.minVersion(), api.oldestVersion());
                        version <= row.maxVersion();
                        version++) {
                    targets.add(new Target(controller, api, version));
                }
            }
        }
    }

    /**
     * @param atLeast how long it lasts; each assault is made once, however long that takes
     * @return whether all nodes have survived it
     */
    boolean lay(Duration atLeast) throws InterruptedException {
        List<Assault> assaults = new ArrayList<>(List.of(ConnectionAssaults.values()));
        assaults.addAll(List.of(SizeAssaults.values()));
        assaults.addAll(List.of(RaftAssaults.values()));
        Collections.shuffle(assaults, random);
        long begun = System.nanoTime();
        attackers.start(ATTACKERS);
        try {
            for (int i = 0; i < assaults.size() || System.nanoTime() - begun < atLeast.toNanos(); i++) {
                make(assaults.get(i % assaults.size()));
                if (!allLive()) {
                    return false;
                }
            }
            attackers.finish();
        } finally {
            attackers.stop();
        }
        if (!allLive()) {
            return false;
        }
        attackers.seeAllAnswer();
        return allLive();
    }

    private void make(Assault assault) throws InterruptedException {
        Door door = Vocabulary.pick(assault.doors(), random);
        int number = random.nextInt(watches.size());
        NodeWatch node = watches.get(number);
        Victim victim = new Victim(
                door, addresses(door).get(number), addresses(Door.CLIENTS).get(number), node);
        long now = history.now();
        String evidence;
        try {
            evidence = assault.perform(victim, random, HOLD);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            evidence = "failed: " + e;
            verdict.found(assault.name() + " at " + victim + " " + evidence);
        }
        history.add(new Fault(
                history.since(now), "hostile", assault.name(), "at " + door, List.of(node.nodeId()), evidence));
        verdict.measured(assault.name() + " at " + victim + " in "
                + TimeUnit.NANOSECONDS.toMillis(history.now() - now) + " ms: " + evidence + "; resident "
                + watches.stream().map(NodeWatch::residentMib).toList() + " MiB");
    }

    private boolean allLive() {
        boolean all = true;
        for (NodeWatch watch : watches) {
            if (!watch.lives()) {
                all = false;
                verdict.found("node " + watch.nodeId() + " has ended; "
                        + cluster.node(watch.nodeId()).tail());
            }
        }
        if (!all) {
            attackers.recent().forEach(request -> verdict.found("before: " + request));
        }
        return all;
    }

    private List<InetSocketAddress> addresses(Door door) {
        return cluster.nodes().stream()
                .map(NodeProcess::nodeId)
                .map(node -> new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        switch (door) {
                            case CLIENTS -> cluster.port(node);
                            case CONTROLLER -> cluster.controllerPort(node);
                            case RAFT -> cluster.controllerPort(node) + Ports.RAFT_OFFSET;
                        }))
                .toList();
    }
}
