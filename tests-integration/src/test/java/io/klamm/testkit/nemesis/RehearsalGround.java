/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.nemesis;

import io.klamm.testkit.ground.Ability;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.ground.Leaders;
import io.klamm.testkit.ground.LinkFault;
import io.klamm.testkit.ground.Traffic;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Writes down what is done to it. Node 2 leads the partition, node 3 the quorum. */
public final class RehearsalGround implements Ground, Operator {
    public final List<String> done = new ArrayList<>();
    /** What was done and not yet undone. */
    final Set<String> open = new TreeSet<>();

    /** What does not do what it should. */
    public final Set<String> fails = new HashSet<>();

    /** What a run leaves. */
    public Path directory = Path.of(".");

    List<Integer> nodes = List.of(1, 2, 3);

    /** By partition of any topic. */
    List<Integer> leaders = List.of(2);

    int quorumLeader = 3;

    /** Who was asked for the leaders, each time when a fault was to strike. */
    final List<List<Integer>> asked = new ArrayList<>();

    /** A fault that leaves no evidence. */
    boolean dumb;

    /** A node that has nothing to say to others. */
    int silent;

    /** Of all faults together. */
    boolean bitten = true;

    private String fault(String what) {
        attempt(what);
        if (!open.add(what)) {
            throw new AssertionError(what + " twice");
        }
        return dumb ? "" : "saw " + what;
    }

    /** One act on several nodes, which are open one by one. */
    private String fault(String what, List<Integer> nodes) {
        String all = what + " " + nodes.stream().map(String::valueOf).collect(Collectors.joining("+"));
        for (Integer node : nodes) {
            if (!open.add(what + " " + node)) {
                throw new AssertionError(what + " " + node + " twice");
            }
        }
        attempt(all);
        return dumb ? "" : "saw " + all;
    }

    private void undo(String what, String how) {
        attempt(how);
        open.remove(what);
    }

    private void attempt(String what) {
        done.add(what);
        if (fails.contains(what)) {
            throw new AssertionError(what + " failed");
        }
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
        return nodes;
    }

    @Override
    public String bootstrap() {
        return "localhost:1";
    }

    @Override
    public InetSocketAddress clientAddress(int node) {
        return new InetSocketAddress(0);
    }

    @Override
    public Path directory() {
        return directory;
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
    public void awaitInSync(List<String> topics, Duration atMost) {
        done.add("in sync: " + String.join(", ", topics));
    }

    @Override
    public void assertBitten() {
        if (!bitten) {
            throw new AssertionError("nothing bit");
        }
    }

    @Override
    public Map<Integer, Integer> stopAll() {
        done.add("stop");
        return Map.of();
    }

    @Override
    public List<Integer> leaders(String topic) {
        return leaders;
    }

    @Override
    public int quorumLeader() {
        return quorumLeader;
    }

    @Override
    public Leaders leadersNow(TopicPartition partition, List<Integer> asked) {
        this.asked.add(asked);
        return new Leaders(partition, leaders.get(partition.partition()), quorumLeader);
    }

    @Override
    public String kill(List<Integer> nodes) {
        return fault("end", nodes);
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
    public String pause(List<Integer> nodes) {
        return fault("pause", nodes);
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
        if (fails.contains("felt")) {
            throw new AssertionError("felt nothing");
        }
        return from == silent ? 0 : 9;
    }

    @Override
    public void mend(LinkFault fault, int from, int to) {
        undo(fault + " " + from + ">" + to, "mend " + from + ">" + to);
    }

    @Override
    public void watch(Traffic traffic, int from, int to) {
        fault("watch " + from + ">" + to);
    }

    @Override
    public long arrived(Traffic traffic, int from, int to) {
        if (fails.contains("arrived")) {
            throw new AssertionError("nothing arrived");
        }
        return from == silent ? 0 : 7;
    }

    @Override
    public void unwatch(Traffic traffic, int from, int to) {
        undo("watch " + from + ">" + to, "unwatch " + from + ">" + to);
    }

    @Override
    public String fillDisk(List<Integer> nodes) {
        return fault("fill", nodes);
    }

    @Override
    public String fillMetadataDisk(int node) {
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
    public String freeMetadataDisk(int node) {
        undo("fill " + node, "free " + node);
        return "found no space";
    }

    @Override
    public String freezeMetadataDisk(int node) {
        return fault("freeze " + node);
    }

    @Override
    public String failDisk(int node) {
        return fault("fail " + node);
    }

    @Override
    public String failMetadataDisk(int node) {
        return fault("fail " + node);
    }

    @Override
    public void repairDisks(int node) {
        undo("fail " + node, "repair " + node);
    }

    @Override
    public void thawDisk(int node) {
        undo("freeze " + node, "thaw " + node);
    }

    @Override
    public String jumpClock(List<Integer> nodes, long byMillis) {
        return fault("clock" + (byMillis < 0 ? " back" : " ahead"), nodes);
    }

    @Override
    public void resetClock(int node) {
        open.removeIf(what -> what.startsWith("clock") && what.endsWith(" " + node));
        attempt("reset " + node);
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
    public String openTopics(long nanos) {
        done.add("open topics");
        return "topics wait";
    }

    @Override
    public String endTopics() {
        undo("topics", "no more topics");
        return "topics are there";
    }

    @Override
    public String cutPower(List<Integer> nodes) {
        return fault("end", nodes);
    }

    @Override
    public void close() {
        attempt("close");
    }
}
