/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Asks nodes, each over a connection of its own, for the leader of a partition, every five milliseconds, until all of them name a new
 * one. Finds out how much of a pause the servers need, without the client's back-off. A node that holds its answer back until it knows
 * the new leader is measured as well as one that does not.
 */
final class LeaderProbe implements AutoCloseable {
    private static final long INTERVAL_NANOS = 5_000_000;
    private static final int TIMEOUT_MS = 30_000;
    private static final short VERSION = 12;

    private final String topic;
    private final int formerLeader;
    private final List<Socket> sockets = new ArrayList<>();
    private final Thread thread;
    private int correlationId;
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
            Socket socket = new Socket();
            sockets.add(socket);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.connect(node, TIMEOUT_MS);
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
            for (Socket socket : sockets) {
                while (!closed && !knowsNewLeader(socket)) {
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

    private boolean knowsNewLeader(Socket socket) throws IOException {
        RequestHeader header = new RequestHeader(ApiKeys.METADATA, VERSION, "leader-probe", correlationId++);
        ByteBuffer request = MetadataRequest.Builder.forTopicNames(List.of(topic), false)
                .build(VERSION)
                .serializeWithHeader(header);
        ByteBuffer frame = ByteBuffer.allocate(4 + request.remaining());
        frame.putInt(request.remaining()).put(request);
        OutputStream out = socket.getOutputStream();
        out.write(frame.array());
        out.flush();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] answer = in.readNBytes(in.readInt());
        MetadataResponse response = (MetadataResponse) AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header);
        for (MetadataResponseTopic found : response.data().topics()) {
            for (MetadataResponsePartition partition : found.partitions()) {
                return partition.partitionIndex() == 0
                        && partition.leaderId() >= 0
                        && partition.leaderId() != formerLeader;
            }
        }
        return false;
    }

    @Override
    public void close() {
        closed = true;
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                System.err.println("closing a connection failed: " + e);
            }
        }
    }
}
