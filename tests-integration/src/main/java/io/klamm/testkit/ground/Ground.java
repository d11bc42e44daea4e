/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * A cluster, and what can be done to it. Processes on loopback, processes in network namespaces and containers differ in their
 * {@linkplain #abilities abilities} only: what a ground cannot do throws UnsupportedOperationException, and no schedule made for it asks for it.
 *
 * <p>A fault returns its evidence, in words: what was measured after it that shows that it bit. One that did not bite throws
 * AssertionError. Used by one thread at a time.
 */
public interface Ground extends AutoCloseable {
    /** Name for reports. */
    String name();

    Set<Ability> abilities();

    /** Ids of the nodes, ascending. */
    List<Integer> nodes();

    /** Where clients connect. */
    String bootstrap();

    /** Where clients connect to one node. */
    InetSocketAddress clientAddress(int node);

    /** Where configuration, logs and data of the nodes are, and what a run leaves behind. */
    Path directory();

    /** Where a node keeps its partitions. */
    Path dataDirectory(int node);

    /** What a node has said, through all its starts. */
    default Path logFile(int node) {
        return directory().resolve("node-" + node).resolve("node.log");
    }

    /** Where a node keeps its metadata. */
    Path metadataDirectory(int node);

    /** Starts all nodes, and waits until they serve. */
    void start();

    /** Creates a topic with a replica on each node, and waits until its leaders serve. */
    void createTopic(String topic, int partitions, Map<String, String> configs);

    /** Starts a node that was killed or stopped; does not wait. */
    void start(int node);

    /** Waits until each node answers and knows all others. */
    void awaitWhole(Duration atMost);

    /** Waits until all replicas of a topic are in sync. */
    default void awaitInSync(String topic, Duration atMost) {
        awaitInSync(List.of(topic), atMost);
    }

    /** The same for several, each within so long. */
    void awaitInSync(List<String> topics, Duration atMost);

    /** SIGTERM to all nodes at once, and waits for their end; the exit code of each node, also of one that had ended by itself. */
    Map<Integer, Integer> stopAll();

    /** Nodes that lead the partitions of a topic, by partition. */
    List<Integer> leaders(String topic);

    /** Node that leads the metadata quorum. */
    int quorumLeader();

    /**
     * Who leads a partition and the quorum at this moment, as some of these nodes tell; each is asked for a moment only, since the nodes may be in
     * no state to answer.
     */
    Leaders leadersNow(TopicPartition partition, List<Integer> asked);

    /** kill -9 to all of them before any of them is waited for, and waits for their ends. */
    String kill(List<Integer> nodes);

    /** SIGTERM, and waits for the end of the controlled shutdown. */
    String stop(int node);

    /** From the same moment on the nodes' processes do nothing any more, until {@link #resume}. */
    default String pause(List<Integer> nodes) {
        throw cannot(Ability.PAUSE);
    }

    default void resume(int node) {
        throw cannot(Ability.PAUSE);
    }

    /** Harms what {@code from} sends to {@code to}, until {@link #mend}. Clients are not concerned. */
    default void harm(LinkFault fault, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    /** Evidence: number of packets that were kept back or delayed so far. */
    default long felt(LinkFault fault, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    default void mend(LinkFault fault, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    /** Counts what {@code to} gets of {@code from}, until {@link #unwatch}: a fault that leaves something must show that it did. */
    default void watch(Traffic traffic, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    /** Evidence: number of packets that have arrived so far. */
    default long arrived(Traffic traffic, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    default void unwatch(Traffic traffic, int from, int to) {
        throw cannot(Ability.HARM_LINKS);
    }

    /** Somebody else takes the space of the disks with the nodes' partitions, until {@link #freeDisk}. */
    default String fillDisk(List<Integer> nodes) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** The same with the disk that has a node's metadata. */
    default String fillMetadataDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    default void freeDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** Waits until the node has ended for want of space, as it must when it is to write; {@link #start(int)} starts it again. */
    default String freeMetadataDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** Writes to the disk with the node's partitions hang, until {@link #thawDisk}. */
    default String freezeDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** The same with the disk that has the node's metadata. */
    default String freezeMetadataDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** Both disks take writes again. */
    default void thawDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /**
     * Every operation on the disk with the node's partitions ends in an I/O error, and what was not forced to it is gone; the node has no
     * other one and must end. {@link #repairDisks} before it is started again.
     */
    default String failDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** The same with the disk that has the node's metadata. */
    default String failMetadataDisk(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    default void repairDisks(int node) {
        throw cannot(Ability.HARM_DISKS);
    }

    /** These nodes end, and what they have not forced to their disks is gone; {@link #start(int)} starts them again. */
    default String cutPower(List<Integer> nodes) {
        throw cannot(Ability.LOSE_POWER);
    }

    /** From now on the nodes' wall clocks are off by so much, until {@link #resetClock}; also that of a process which is started later. */
    default String jumpClock(List<Integer> nodes, long byMillis) {
        throw cannot(Ability.JUMP_CLOCKS);
    }

    default void resetClock(int node) {
        throw cannot(Ability.JUMP_CLOCKS);
    }

    /**
     * What a single fault need not show, and all those of a run together must.
     *
     * @throws AssertionError when they did not
     */
    default void assertBitten() {}

    private UnsupportedOperationException cannot(Ability ability) {
        return new UnsupportedOperationException(name() + " cannot " + ability);
    }

    /** Ends all nodes, whatever state they are in. */
    @Override
    void close();
}
