/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import io.klamm.testkit.MetadataConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;

/**
 * Asks nodes, each over a connection of its own, for the leader of a partition, every five milliseconds, until all of them name a new
 * one. Finds out how much of a pause the servers need, without the client's back-off. A node that holds its answer back until it knows
 * the new leader is measured as well as one that does not.
 */
final class LeaderProbe implements AutoCloseable {
    private static final long INTERVAL_NANOS = 5_000_000;
    private static final int TIMEOUT_MS = 30_000;

    private final String topic;
    private final int formerLeader;
    private final List<MetadataConnection> connections = new ArrayList<>();
    private final Thread thread;
    private volatile boolean closed;
    private volatile long knownNanos;
    private volatile boolean known;

    /**
     * Connects, and begins to ask.
     *
     * @param nodes client listeners of the nodes that will live on
     * @param topic its partition 0 is asked for
     */
    LeaderProbe(List<InetSocketAddress> nodes, String topic, int formerLeader) throws IOException {
        this.topic = topic;
        this.formerLeader = formerLeader;
        for (InetSocketAddress node : nodes) {
            connections.add(new MetadataConnection(node, TIMEOUT_MS));
        }
        this.thread = new Thread(this::run, "leader-probe");
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /** Time from {@code sinceNanos} until every node had named the new leader; -1 while one has not. */
    long nanosSince(long sinceNanos) {
        return known ? knownNanos - sinceNanos : -1;
    }

    private void run() {
        try {
            for (MetadataConnection node : connections) {
                while (!closed && !knowsNewLeader(node)) {
                    LockSupport.parkNanos(INTERVAL_NANOS);
                }
            }
            knownNanos = System.nanoTime();
            known = !closed;
        } catch (IOException e) {
            if (!closed) {
                System.err.println("asking for the leader failed: " + e);
            }
        }
    }

    private boolean knowsNewLeader(MetadataConnection node) throws IOException {
        for (MetadataResponsePartition partition : node.partitions(topic)) {
            if (partition.partitionIndex() == 0) {
                return partition.leaderId() >= 0 && partition.leaderId() != formerLeader;
            }
        }
        return false;
    }

    @Override
    public void close() {
        closed = true;
        for (MetadataConnection node : connections) {
            try {
                node.close();
            } catch (IOException e) {
                System.err.println("closing a connection failed: " + e);
            }
        }
    }
}
