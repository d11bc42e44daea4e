/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Stands before a node. It may withhold the answers to what one client produces, while the requests go through. */
final class WithholdingProxy implements AutoCloseable {
    private static final short PRODUCE = 0;
    private static final int API_KEY = 0;
    private static final int CORRELATION_ID = 4;
    private static final int NONE = -1;

    private final ServerSocket server;
    private final int target;
    private final byte[] clientId;
    private final Queue<Socket> all = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> withheld = new ConcurrentLinkedQueue<>();
    private volatile boolean withholding;

    /**
     * @param target port on loopback of the node
     * @param clientId client.id of the one whose answers are withheld
     */
    WithholdingProxy(int target, String clientId) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        this.clientId = clientId.getBytes(StandardCharsets.UTF_8);
        Programs.THREADS.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** From the next Produce on its connection hears nothing more. */
    void withhold() {
        withholding = true;
    }

    /** Closes the connections of which answers were withheld, and withholds no more. */
    void cut() {
        withholding = false;
        withheld.forEach(WithholdingProxy::closeNow);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                all.add(client);
                Programs.THREADS.execute(() -> new Connection(client).requests());
            }
        } catch (IOException e) {
            // closed
        }
    }

    private final class Connection {
        private final Socket client;
        /** Correlation id of the first request that gets no answer. */
        private volatile int silentFrom = NONE;

        Connection(Socket client) {
            this.client = client;
        }

        void requests() {
            try (client;
                    Socket node = new Socket(InetAddress.getLoopbackAddress(), target)) {
                all.add(node);
                Programs.THREADS.execute(() -> answers(node));
                DataInputStream in = new DataInputStream(client.getInputStream());
                DataOutputStream out = new DataOutputStream(node.getOutputStream());
                while (true) {
                    ByteBuffer frame = read(in);
                    if (withholding && silentFrom == NONE && frame.getShort(API_KEY) == PRODUCE && isWatched(frame)) {
                        withheld.add(client);
                        silentFrom = frame.getInt(CORRELATION_ID);
                    }
                    write(frame, out);
                }
            } catch (IOException e) {
                // one of the two has gone, and now both
            }
        }

        private void answers(Socket node) {
            try (client) {
                DataInputStream in = new DataInputStream(node.getInputStream());
                DataOutputStream out = new DataOutputStream(client.getOutputStream());
                boolean silent = false;
                while (true) {
                    ByteBuffer frame = read(in);
                    silent |= silentFrom != NONE && frame.getInt(0) == silentFrom;
                    if (!silent) {
                        write(frame, out);
                    }
                }
            } catch (IOException e) {
                // as above
            }
        }
    }

    /** The header of a request names the client, behind the correlation id. */
    private boolean isWatched(ByteBuffer request) {
        int at = CORRELATION_ID + Integer.BYTES;
        return request.getShort(at) == clientId.length
                && request.slice(at + Short.BYTES, clientId.length).equals(ByteBuffer.wrap(clientId));
    }

    private static ByteBuffer read(DataInputStream in) throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return ByteBuffer.wrap(frame);
    }

    private static void write(ByteBuffer frame, DataOutputStream out) throws IOException {
        byte[] whole = ByteBuffer.allocate(Integer.BYTES + frame.capacity())
                .putInt(frame.capacity())
                .put(frame.duplicate())
                .array();
        out.write(whole);
    }

    private static void closeNow(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        all.forEach(WithholdingProxy::closeNow);
    }
}
