/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ability;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.LinkFault;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** Writes down what is done to it. Node 2 leads the partition, node 3 the quorum. */
final class RehearsalGround implements Ground, Operator {
    final List<String> done = new ArrayList<>();
    /** What was done and not yet undone. */
    final Set<String> open = new TreeSet<>();

    String bitesNot = "";

    /** A node that has nothing to say to others. */
    int silent;

    private String fault(String what) {
        done.add(what);
        if (what.equals(bitesNot)) {
            throw new AssertionError(what + " did not bite");
        }
        if (!open.add(what)) {
            throw new AssertionError(what + " twice");
        }
        return "saw " + what;
    }

    private void undo(String what, String how) {
        done.add(how);
        open.remove(what);
    }

    @Override
    public String name() {
        return "rehearsal";
    }

    @Override
    public Set<Ability> abilities() {
        return EnumSet.allOf(Ability.class);
    }

    @Override
    public List<Integer> nodes() {
        return List.of(1, 2, 3);
    }

    @Override
    public String bootstrap() {
        return "localhost:0";
    }

    @Override
    public InetSocketAddress clientAddress(int node) {
        return new InetSocketAddress(0);
    }

    @Override
    public Path directory() {
        return Path.of(".");
    }

    @Override
    public Path dataDirectory(int node) {
        return directory();
    }

    @Override
    public Path metadataDirectory(int node) {
        return directory();
    }

    @Override
    public void createTopic(String topic, int partitions, Map<String, String> configs) {
        done.add("create " + topic);
    }

    @Override
    public void start() {
        done.add("start");
    }

    @Override
    public void awaitWhole(Duration atMost) {
        done.add("whole");
        if (!open.isEmpty()) {
            throw new AssertionError("not whole: " + open);
        }
    }

    @Override
    public void awaitInSync(String topic, Duration atMost) {
        done.add("in sync");
    }

    @Override
    public Map<Integer, Integer> stopAll() {
        done.add("stop");
        return Map.of();
    }

    @Override
    public int leaderOf(TopicPartition partition) {
        return 2;
    }

    @Override
    public int quorumLeader() {
        return 3;
    }

    @Override
    public String kill(int node) {
        return fault("end " + node);
    }

    @Override
    public String stop(int node) {
        return fault("end " + node);
    }

    @Override
    public void start(int node) {
        undo("end " + node, "start " + node);
    }

    @Override
    public String pause(int node) {
        return fault("pause " + node);
    }

    @Override
    public void resume(int node) {
        undo("pause " + node, "resume " + node);
    }

    @Override
    public void harm(LinkFault fault, int from, int to) {
        fault(fault + " " + from + ">" + to);
    }

    @Override
    public long felt(LinkFault fault, int from, int to) {
        return from == silent ? 0 : 9;
    }

    @Override
    public void mend(LinkFault fault, int from, int to) {
        undo(fault + " " + from + ">" + to, "mend " + from + ">" + to);
    }

    @Override
    public String fillDisk(int node) {
        return fault("fill " + node);
    }

    @Override
    public void freeDisk(int node) {
        undo("fill " + node, "free " + node);
    }

    @Override
    public String freezeDisk(int node) {
        return fault("freeze " + node);
    }

    @Override
    public void thawDisk(int node) {
        undo("freeze " + node, "thaw " + node);
    }

    @Override
    public String jumpClock(int node, long byMillis) {
        return fault("clock " + node + (byMillis < 0 ? " back" : " ahead"));
    }

    @Override
    public void resetClock(int node) {
        open.removeIf(what -> what.startsWith("clock " + node));
        done.add("reset " + node);
    }

    @Override
    public String dropReplica(TopicPartition partition, int node) {
        return fault("drop " + node);
    }

    @Override
    public String beginReplicas(TopicPartition partition) {
        return fault("add");
    }

    @Override
    public String awaitReplicas(TopicPartition partition) {
        undo("add", "added");
        open.removeIf(what -> what.startsWith("drop"));
        return "replicas everywhere";
    }

    @Override
    public String cancelReplicas(TopicPartition partition) {
        undo("add", "cancelled");
        return "taken back";
    }

    @Override
    public String beginTopics() {
        return fault("topics");
    }

    @Override
    public String endTopics() {
        undo("topics", "no more topics");
        return "topics are there";
    }

    @Override
    public String cutPower(List<Integer> nodes) {
        nodes.forEach(node -> fault("end " + node));
        return "nodes " + nodes + " are dark";
    }

    @Override
    public void close() {
        done.add("close");
    }
}
