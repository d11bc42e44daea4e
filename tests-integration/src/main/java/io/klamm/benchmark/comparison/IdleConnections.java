/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.benchmark.ProcessUsage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjDoubleConsumer;

/** Many connections, spread over the nodes, each of which asks something once in a while. */
record IdleConnections(String name, int connections, int seconds) implements Workload {
    private static final int TIMEOUT_MS = 30_000;
    private static final short API_VERSIONS = 18;
    /** All that is in an ApiVersions request of version 0 with an empty client id. */
    private static final int REQUEST_BYTES = 2 + 2 + 4 + 2;

    private static final int PAUSE_SECONDS = 10;

    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String[] nodes = subject.bootstrap().split(",", -1);
        long memoryBefore = ProcessUsage.residentMiB(subject.pids());
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                String[] address = nodes[i % nodes.length].split(":", -1);
                Socket socket = new Socket();
                open.add(socket);
                socket.setSoTimeout(TIMEOUT_MS);
                socket.connect(new InetSocketAddress(address[0], Integer.parseInt(address[1])), TIMEOUT_MS);
                ask(socket, i);
            }
            figures.accept(
                    new Figure(name, "memory of the nodes for a connection", "KiB"),
                    (ProcessUsage.residentMiB(subject.pids()) - memoryBefore) * 1024.0 / connections);
            double cpuBefore = subject.cpuSeconds();
            for (int second = 0; second < seconds; second++) {
                long began = System.nanoTime();
                for (int i = second % PAUSE_SECONDS; i < connections; i += PAUSE_SECONDS) {
                    ask(open.get(i), i);
                }
                TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(1) - (System.nanoTime() - began));
            }
            figures.accept(
                    new Figure(name, "CPU of the nodes", "s in 10 s"),
                    (subject.cpuSeconds() - cpuBefore) * 10 / seconds);
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private static void ask(Socket socket, int correlationId) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        ByteBuffer frame = ByteBuffer.allocate(Integer.BYTES + REQUEST_BYTES);
        frame.putInt(REQUEST_BYTES)
                .putShort(API_VERSIONS)
                .putShort((short) 0)
                .putInt(correlationId)
                .putShort((short) 0);
        out.write(frame.array());
        out.flush();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        in.skipNBytes(in.readInt());
    }
}
