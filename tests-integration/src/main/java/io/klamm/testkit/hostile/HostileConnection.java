/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** A socket on which anything may be written. Used by one thread; may be closed by any. */
final class HostileConnection implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MS = 30_000;
    private static final int PATIENCE_MS = 60_000;
    private static final int LARGE = 3_000;
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
        send(wire(version, request));
        ByteBufferAccessor body = new ByteBufferAccessor(answer());
        new ResponseHeaderData(body, api.responseHeaderVersion((short) version));
        answer.read(body, (short) version);
        return answer;
    }

    /**
     * Sees that somebody new can connect to a node that speaks Kafka's protocol, and is answered: also a request that does not come in one
     * piece, which takes memory.
     *
     * @throws IOException when that is not so
     */
    static void seeServed(InetSocketAddress node) throws IOException {
        try (HostileConnection connection = new HostileConnection(node, PATIENCE_MS)) {
            ApiVersionsResponseData served =
                    connection.ask(0, new ApiVersionsRequestData(), new ApiVersionsResponseData());
            if (served.apiKeys().find(ApiKeys.DESCRIBE_CONFIGS.id) != null) {
                DescribeConfigsRequestData large = new DescribeConfigsRequestData();
                for (int i = 0; i < LARGE; i++) {
                    large.resources()
                            .add(new DescribeConfigsResource()
                                    .setResourceType((byte) 2)
                                    .setResourceName("no-such-topic-" + "n".repeat(200) + i)
                                    .setConfigurationKeys(List.of()));
                }
                connection.ask(4, large, new DescribeConfigsResponseData());
            }
        }
    }

    /** A sound request with its length before it. */
    static byte[] wire(int version, ApiMessage request) {
        RequestHeader header =
                new RequestHeader(ApiKeys.forId(request.apiKey()), (short) version, RequestFuzzer.CLIENT, 1);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, (short) version);
        return ByteBuffer.allocate(Integer.BYTES + frame.remaining())
                .putInt(frame.remaining())
                .put(frame)
                .array();
    }

    static void pause(Duration time) {
        LockSupport.parkNanos(time.toNanos());
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
