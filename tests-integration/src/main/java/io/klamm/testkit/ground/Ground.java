/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    /** Where configuration, logs and data of the nodes are. */
    Path directory();

    /** Starts all nodes, and waits until they serve. */
    void start();

    /** Starts a node that was killed or stopped; does not wait. */
    void start(int node);

    /** Waits until all nodes serve. */
    void awaitWhole(Duration atMost);

    /** Node that leads a partition. */
    int leaderOf(TopicPartition partition);

    /** Node that leads the metadata quorum. */
    int quorumLeader();

    /** kill -9, and waits for the end. */
    String kill(int node);

    /** SIGTERM, and waits for the end of the controlled shutdown. */
    String stop(int node);

    /** The node's process does nothing any more, until {@link #resume}. */
    default String pause(int node) {
        throw cannot(Ability.PAUSE);
    }

    default void resume(int node) {
        throw cannot(Ability.PAUSE);
    }

    /** From now on nothing that {@code from} sends reaches {@code to}, until {@link #mend}. Clients are not concerned. */
    default void cut(int from, int to) {
        throw cannot(Ability.CUT);
    }

    /** Evidence that a cut has kept something back; waits for it. */
    default String keptBack(int from, int to) {
        throw cannot(Ability.CUT);
    }

    default void mend(int from, int to) {
        throw cannot(Ability.CUT);
    }

    /** Somebody else takes the space of the node's disk, until {@link #freeDisk}. */
    default String fillDisk(int node) {
        throw cannot(Ability.FILL_DISK);
    }

    default void freeDisk(int node) {
        throw cannot(Ability.FILL_DISK);
    }

    /** Writes to the node's disk hang, until {@link #thawDisk}. */
    default String freezeDisk(int node) {
        throw cannot(Ability.FREEZE_DISK);
    }

    default void thawDisk(int node) {
        throw cannot(Ability.FREEZE_DISK);
    }

    private UnsupportedOperationException cannot(Ability ability) {
        return new UnsupportedOperationException(name() + " cannot " + ability);
    }

    /** Ends all nodes, whatever state they are in. */
    @Override
    void close();
}
