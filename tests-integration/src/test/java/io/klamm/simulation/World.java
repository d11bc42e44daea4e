/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.VirtualTime;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Time, chance and the network between nodes. Messages are lost, late, overtaken and doubled until the world is calm. Everything that
 * happens goes into a hash, so that two runs of one seed can be compared.
 */
final class World {
    /** Stands for the clients in the network. */
    static final int CLIENT = 0;

    final VirtualTime time = new VirtualTime();
    final Random random;
    private final Random ids;
    private final Map<Integer, Long> cutUntilNanos = new TreeMap<>();
    /** Nodes whose ISR proposals lie somewhere on their way, until when. */
    private final Map<Integer, Long> proposalsHeldUntilNanos = new TreeMap<>();

    private final Map<Integer, Long> metadataHeldUntilNanos = new TreeMap<>();
    /** Ways on which answers to fetches lie somewhere. */
    private final Map<Integer, HeldFetches> fetchesHeld = new TreeMap<>();

    /** @param only with records of this partition; null for all */
    private record HeldFetches(long untilNanos, @Nullable PartitionId only) {}

    private boolean calm;
    private long events;
    private long hash = 17;
    private long numbers;
    private long fetches;
    private long partitionsNamed;

    World(long seed) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L);
        this.ids = new Random(~seed * 0x9E3779B97F4A7C15L);
    }

    /** Runs the next event; false when there is none. */
    boolean step() {
        boolean more = time.step();
        events++;
        hash = hash * 31 + time.getAsLong();
        return more;
    }

    long events() {
        return events;
    }

    /** Notes something that happened. */
    void trace(int what, long a, long b) {
        hash = (((hash * 31 + what) * 31 + a) * 31 + b) * 31 + time.getAsLong();
    }

    /** A number higher than all before. */
    long nextNumber() {
        return ++numbers;
    }

    /** A follower asks its source, and names so many partitions. */
    void fetching(int partitions) {
        fetches++;
        partitionsNamed += partitions;
    }

    /** Requests of followers so far. */
    long fetches() {
        return fetches;
    }

    /** How many partitions all of them named. */
    long partitionsNamed() {
        return partitionsNamed;
    }

    /** An identity as a node would draw it at random. */
    Uuid nextId() {
        return new Uuid(ids.nextLong(), ids.nextLong());
    }

    long hash() {
        return hash;
    }

    boolean isCalm() {
        return calm;
    }

    /** From now on nothing is lost, and nothing takes long. */
    void calmDown() {
        calm = true;
        cutUntilNanos.clear();
        proposalsHeldUntilNanos.clear();
        metadataHeldUntilNanos.clear();
        fetchesHeld.clear();
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean perThousand(int chances) {
        return !calm && random.nextInt(1000) < chances;
    }

    /** Mostly a few ms, sometimes long enough for a leader to be deposed and elected again meanwhile. */
    long delayMs() {
        if (calm) {
            return 1L + random.nextInt(3);
        }
        int kind = random.nextInt(120);
        return kind == 0 ? random.nextInt(4_000) : kind < 8 ? random.nextInt(400) : 1L + random.nextInt(12);
    }

    /** When what is sent now arrives on a connection that keeps the order; in nanoseconds. */
    long behind(long lastArrivalNanos) {
        return Math.max(lastArrivalNanos, time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(delayMs()));
    }

    void cut(int from, int to, long ms) {
        cutUntilNanos.merge(from * 100 + to, time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms), Math::max);
    }

    boolean isCut(int from, int to) {
        Long until = cutUntilNanos.get(from * 100 + to);
        return until != null && until > time.getAsLong();
    }

    /** ISR proposals of this node arrive late, though all else passes. */
    void holdProposals(int from, long ms) {
        proposalsHeldUntilNanos.put(from, time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms));
    }

    /** For how long an ISR proposal of this node is held, 0 when it is not. */
    long proposalHeldNanos(int from) {
        return Math.max(0, proposalsHeldUntilNanos.getOrDefault(from, 0L) - time.getAsLong());
    }

    /** A node hears nothing of the metadata, though all else passes. */
    void holdMetadata(int node, long ms) {
        metadataHeldUntilNanos.put(node, time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms));
    }

    boolean isMetadataHeld(int node) {
        return metadataHeldUntilNanos.getOrDefault(node, 0L) > time.getAsLong();
    }

    /** What one node answers to another one's fetches arrives late, though all else passes. */
    void holdFetches(int source, int follower, long ms) {
        hold(source, follower, ms, null);
    }

    /** Only what has records of this partition. */
    void holdRecords(int source, int follower, PartitionId id, long ms) {
        hold(source, follower, ms, id);
    }

    private void hold(int source, int follower, long ms, @Nullable PartitionId only) {
        fetchesHeld.put(
                source * 100 + follower, new HeldFetches(time.getAsLong() + TimeUnit.MILLISECONDS.toNanos(ms), only));
    }

    /**
     * For how long an answer to a fetch is held, 0 when it is not.
     *
     * @param hasRecords whether there are records of a partition in it
     */
    long fetchHeldNanos(int source, int follower, Predicate<PartitionId> hasRecords) {
        HeldFetches held = fetchesHeld.get(source * 100 + follower);
        return held == null || (held.only != null && !hasRecords.test(held.only))
                ? 0
                : Math.max(0, held.untilNanos - time.getAsLong());
    }

    /** Both ways open. */
    boolean connected(int a, int b) {
        return a == b || !(isCut(a, b) || isCut(b, a));
    }

    /** A request: arrives once, never, or more than once because its sender tried again. */
    void request(int from, int to, Runnable arrival) {
        if (isCut(from, to) || perThousand(15)) {
            return;
        }
        time.scheduleMs(delayMs(), arrival);
        if (perThousand(10)) {
            time.scheduleMs(delayMs(), arrival);
        }
    }

    /** An answer: arrives once or never. */
    void answer(int from, int to, Runnable arrival) {
        if (!isCut(from, to) && !perThousand(15)) {
            time.scheduleMs(delayMs(), arrival);
        }
    }
}
