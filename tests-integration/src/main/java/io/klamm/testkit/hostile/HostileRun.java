/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LoopbackGround;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.hostile.HostileRequest.Target;
import io.klamm.testkit.judge.HistoryJudge;
import io.klamm.testkit.judge.Violation;
import io.klamm.testkit.report.HtmlReport;
import io.klamm.testkit.workload.GroupWorkload;
import io.klamm.testkit.workload.LogWorkload;
import io.klamm.testkit.workload.Workload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Hostile clients at three nodes beside ordinary ones, whose history is judged in the end. The nodes must live, keep to their budget of
 * memory, log no fault, and go on serving the others.
 */
public final class HostileRun {
    /**
     * What a node may have resident. Its bounds are 512 MiB of heap, 64 + 16 MiB for requests, one request of 100 MiB beyond them, 128 MiB for answers that nobody
     * reads, and about 200 MiB for code, classes, threads, indexes and what event loops and allocators keep: 1,020 MiB. They are not reached together, since the heap holds no
     * records.
     */
    public static final long BUDGET_MIB = 900;

    /** Twice what a client waits for an answer before it sends again: then something was stuck, and not only slow. */
    private static final Duration SLOWEST_SEND = Duration.ofMinutes(1);

    private static final Duration WAIT = Duration.ofMinutes(2);
    private static final int ATTACKERS = 2;

    private final KlammCluster cluster;
    private final long seed;

    /**
     * @param violations promises to the ordinary clients that were broken
     * @param findings what hostile clients, nodes and logs showed that should not be; empty when all is well
     * @param figures what was measured, line by line
     * @param page the report
     */
    public record Result(
            History history, List<Violation> violations, List<String> findings, List<String> figures, Path page) {}

    private HostileRun(KlammCluster cluster, long seed) {
        this.cluster = cluster;
        this.seed = seed;
    }

    /**
     * Plays one run, on nodes of its own.
     *
     * @param atLeast how long hostile requests are sent; each assault is played, however long that takes
     */
    public static Result run(long seed, Duration atLeast) throws Exception {
        try (KlammCluster cluster =
                KlammCluster.define("hostile-" + seed, 3, Map.of("group.initial.rebalance.delay.ms", "0"))) {
            return new HostileRun(cluster, seed).play(atLeast);
        }
    }

    private Result play(Duration atLeast) throws Exception {
        Ground ground = new LoopbackGround(cluster);
        List<Workload> workloads = List.of(
                LogWorkload.strict("calm", 3),
                LogWorkload.registers("calm-registers", 2, 20),
                new GroupWorkload("calm-classic", 3, GroupProtocol.CLASSIC, seed),
                new GroupWorkload("calm-consumer", 3, GroupProtocol.CONSUMER, seed));
        List<Workload.Running> running = new ArrayList<>();
        List<String> findings = new ArrayList<>();
        List<String> figures = new ArrayList<>();
        HistoryRecorder history = HistoryRecorder.to(cluster.directory().resolve("history.jsonl"));
        try (history) {
            ground.start();
            hostileTopics(ground);
            for (Workload workload : workloads) {
                running.add(workload.start(ground, history));
            }
            List<NodeWatch> watches =
                    cluster.nodes().stream().map(NodeWatch::new).toList();
            attack(history, watches, atLeast, findings, figures);
            if (watches.stream().allMatch(NodeWatch::lives)) {
                running.forEach(each -> each.awaitProgress(WAIT));
                running.forEach(each -> each.finish(WAIT));
                workloads.forEach(workload -> ground.awaitInSync(workload.topic(), WAIT));
                ground.stopAll();
            }
            watches.forEach(watch -> findings.addAll(watch.faults()));
        } finally {
            running.forEach(Workload.Running::close);
        }
        History written = history.history();
        List<Violation> violations = HistoryJudge.judge(written);
        latencies(written, findings, figures);
        Path page = cluster.directory().resolve("report.html");
        HtmlReport.write(page, "hostile clients, seed " + seed, written, violations);
        return new Result(written, violations, findings, figures, page);
    }

    private static void hostileTopics(Ground ground) {
        ground.createTopic(Vocabulary.TOPICS.get(0), Vocabulary.PARTITIONS, Map.of("max.message.bytes", "4000000"));
        ground.createTopic(
                Vocabulary.TOPICS.get(1),
                Vocabulary.PARTITIONS,
                Map.of(
                        "cleanup.policy",
                        "compact",
                        "segment.bytes",
                        "5000000",
                        "min.cleanable.dirty.ratio",
                        "0.01",
                        "max.message.bytes",
                        "4000000"));
        ground.createTopic(
                Vocabulary.TOPICS.get(2),
                Vocabulary.PARTITIONS,
                Map.of("compression.type", "zstd", "max.message.bytes", "4000000"));
    }

    private void attack(
            HistoryRecorder history,
            List<NodeWatch> watches,
            Duration atLeast,
            List<String> findings,
            List<String> figures)
            throws Exception {
        long begun = System.nanoTime();
        List<Target> targets = targets();
        List<Uuid> ids = Vocabulary.TOPICS.stream()
                .map(topic -> cluster.describe(topic).topicId())
                .toList();
        RequestFuzzer fuzzer = new RequestFuzzer(seed, targets, new Vocabulary(ids), new HostileBatches(100_000));
        Attackers attackers = new Attackers(fuzzer, addresses(false), addresses(true), 0);
        attackers.start(ATTACKERS);
        Random random = new Random(seed);
        List<Assault> assaults = new ArrayList<>(List.of(ConnectionAssaults.values()));
        assaults.addAll(List.of(SizeAssaults.values()));
        Collections.shuffle(assaults, random);
        for (int i = 0; i < assaults.size() || System.nanoTime() - begun < atLeast.toNanos(); i++) {
            Assault assault = assaults.get(i % assaults.size());
            List<InetSocketAddress> listeners = addresses(assault.atControllers() && random.nextInt(3) == 0);
            InetSocketAddress node = listeners.get(random.nextInt(listeners.size()));
            long now = history.now();
            String evidence;
            try {
                evidence = assault.perform(node, random, Duration.ofSeconds(3));
            } catch (IOException | AssertionError e) {
                evidence = "failed: " + e;
                findings.add(assault + " at " + node + " " + evidence);
            }
            tell(
                    figures,
                    assault + " at " + node.getPort() + " in " + TimeUnit.NANOSECONDS.toMillis(history.now() - now)
                            + " ms: " + evidence + "; resident "
                            + watches.stream().map(NodeWatch::residentMib).toList() + " MiB");
            for (NodeWatch watch : watches) {
                if (!watch.lives()) {
                    findings.add("node " + watch.nodeId() + " has ended; "
                            + cluster.node(watch.nodeId()).tail());
                    attackers.recent().forEach(request -> findings.add("before: " + request));
                    attackers.finish();
                    return;
                }
            }
        }
        attackers.finish();
        findings.addAll(attackers.findings());
        for (Target target : targets) {
            if (!attackers.sent().contains(target)) {
                findings.add("not tried: " + target);
            } else if (!attackers.answered().contains(target)) {
                tell(figures, "never answered in time: " + target);
            }
        }
        tell(figures, attackers.counts().toString() + "; " + targets.size() + " targets");
        for (NodeWatch watch : watches) {
            long most = watch.mostResidentMib();
            tell(
                    figures,
                    "node " + watch.nodeId() + ": at most " + most + " MiB resident, " + watch.logged()
                            + " bytes of log");
            if (most > BUDGET_MIB) {
                findings.add("node " + watch.nodeId() + " has taken " + most + " MiB of memory");
            }
        }
    }

    /** Every API in every version, as the listeners tell them. */
    private List<Target> targets() throws IOException {
        List<Target> targets = new ArrayList<>();
        for (boolean controller : new boolean[] {false, true}) {
            try (HostileConnection connection =
                    new HostileConnection(addresses(controller).get(0), 10_000)) {
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
        return targets;
    }

    private List<InetSocketAddress> addresses(boolean controller) {
        return cluster.nodes().stream()
                .map(NodeProcess::nodeId)
                .map(node -> new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        controller ? cluster.controllerPort(node) : cluster.port(node)))
                .toList();
    }

    private static void tell(List<String> figures, String line) {
        figures.add(line);
        System.out.println("  " + line);
    }

    private static void latencies(History history, List<String> findings, List<String> figures) {
        long[] millis = history.of(Send.class).stream()
                .filter(send -> send.outcome() == Outcome.OK)
                .mapToLong(send -> TimeUnit.NANOSECONDS.toMillis(
                        send.span().completedNanos() - send.span().invokedNanos()))
                .sorted()
                .toArray();
        if (millis.length == 0) {
            findings.add("no send was acknowledged");
            return;
        }
        long slowest = millis[millis.length - 1];
        tell(
                figures,
                millis.length + " sends acknowledged: median " + millis[millis.length / 2] + " ms, 99 % within "
                        + millis[(int) (millis.length * 0.99)] + " ms, the slowest " + slowest + " ms");
        if (slowest > SLOWEST_SEND.toMillis()) {
            findings.add("a send was acknowledged after " + slowest + " ms");
        }
    }
}
