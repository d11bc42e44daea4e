/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** A socket on which anything may be written. Used by one thread; may be closed by any. */
final class HostileConnection implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MS = 30_000;
    private static final int LARGEST_ANSWER = 128 << 20;

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final DataInputStream in;

    HostileConnection(InetSocketAddress node, int timeoutMs) throws IOException {
        this(node, timeoutMs, 0);
    }

    /** @param receiveBuffer bytes that the system takes of unread answers; 0 for its own choice */
    HostileConnection(InetSocketAddress node, int timeoutMs, int receiveBuffer) throws IOException {
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.connect(node, CONNECT_TIMEOUT_MS);
            socket.setSoTimeout(timeoutMs);
            out = socket.getOutputStream();
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    void send(byte[] bytes) throws IOException {
        send(bytes, 0, bytes.length);
    }

    void send(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
    }

    /**
     * The next answer, header included.
     *
     * @throws SocketTimeoutException when there is none in time
     * @throws IOException when the node has closed the connection
     */
    ByteBuffer answer() throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LARGEST_ANSWER) {
            throw new AssertionError("the node has sent a frame of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** Asks as a well-behaved client does. */
    <T extends ApiMessage> T ask(int version, ApiMessage request, T answer) throws IOException {
        ApiKeys api = ApiKeys.forId(request.apiKey());
        RequestHeader header = new RequestHeader(api, (short) version, RequestFuzzer.CLIENT, 1);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, (short) version);
        send(ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                .putInt(frame.remaining())
                .put(frame)
                .array());
        ByteBufferAccessor body = new ByteBufferAccessor(answer());
        new ResponseHeaderData(body, api.responseHeaderVersion((short) version));
        answer.read(body, (short) version);
        return answer;
    }

    /** Whether the node has closed it, as far as can be seen without waiting. */
    boolean closedByNode() {
        try {
            socket.setSoTimeout(1);
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more.
        }
    }
}
