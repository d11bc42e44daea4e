/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.NodeProcess;
import io.klamm.testkit.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Node processes on loopback: they can be killed, stopped and frozen, by any user. */
public final class LoopbackGround implements Ground {
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration SIGNAL = Duration.ofSeconds(5);
    private static final int KILLED = 137; // 128 + SIGKILL

    private final KlammCluster cluster;

    /** @param cluster defined, not started; closed with the ground */
    public LoopbackGround(KlammCluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "loopback";
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE);
    }

    @Override
    public List<Integer> nodes() {
        return cluster.nodes().stream().map(NodeProcess::nodeId).toList();
    }

    @Override
    public String bootstrap() {
        return cluster.bootstrap();
    }

    @Override
    public Path directory() {
        return cluster.directory();
    }

    @Override
    public void start() {
        cluster.startAll();
    }

    @Override
    public void start(int node) {
        // One that could not be killed runs on: its kill has said so.
        if (!cluster.node(node).isAlive()) {
            cluster.node(node).start();
        }
    }

    @Override
    public void awaitWhole(Duration atMost) {
        cluster.awaitBrokers(cluster.nodes().size(), atMost);
    }

    @Override
    public int leaderOf(TopicPartition partition) {
        return cluster.leaderOf(partition.topic(), partition.partition());
    }

    @Override
    public int quorumLeader() {
        return cluster.quorumLeader();
    }

    @Override
    public String kill(int node) {
        NodeProcess process = cluster.node(node);
        long pid = process.pid();
        process.kill();
        int code = process.awaitExit(SIGNAL);
        if (code != KILLED) {
            throw new AssertionError("node " + node + " was not killed: it had ended with code " + code + "; " + process.tail());
        }
        return "process " + pid + " ended with code " + code;
    }

    @Override
    public String stop(int node) {
        NodeProcess process = cluster.node(node);
        long pid = process.pid();
        int code = process.stop(STOP);
        if (code != 0) {
            throw new AssertionError("node " + node + " stopped with code " + code + "; " + process.tail());
        }
        return "process " + pid + " ended with code " + code;
    }

    @Override
    public String pause(int node) {
        NodeProcess process = cluster.node(node);
        process.pause();
        Await.until("node " + node + " is stopped by a signal", SIGNAL, () -> state(process.pid())
                .startsWith("T"));
        return "process " + process.pid() + " is in state T";
    }

    private static String state(long pid) {
        return Programs.run(SIGNAL, List.of("ps", "-o", "state=", "-p", Long.toString(pid)))
                .out();
    }

    @Override
    public void resume(int node) {
        cluster.node(node).resume();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
