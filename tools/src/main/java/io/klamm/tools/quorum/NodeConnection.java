/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.quorum;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A blocking connection to a listener of a node, one request at a time, for what Kafka's public clients do not do: they fetch
 * the metadata topic from nobody, and do not let a node speak that knows no leader.
 */
public final class NodeConnection implements AutoCloseable {
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private final Socket socket = new Socket();
    private final DataOutputStream out;
    private final DataInputStream in;
    private int nextCorrelationId;

    /**
     * @param answerMs longest wait for an answer, or for a part of it
     * @throws IOException when there is no connection in time
     */
    public NodeConnection(String host, int port, int connectMs, int answerMs) throws IOException {
        try {
            socket.connect(new InetSocketAddress(host, port), connectMs);
            socket.setSoTimeout(answerMs);
            socket.setTcpNoDelay(true);
            out = new DataOutputStream(socket.getOutputStream());
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends a request and waits for its answer. */
    public AbstractResponse ask(AbstractRequest request) throws IOException {
        RequestHeader header = new RequestHeader(request.apiKey(), request.version(), "klamm-cli", nextCorrelationId++);
        ByteBuffer body = request.serializeWithHeader(header);
        byte[] frame = new byte[4 + body.remaining()];
        ByteBuffer.wrap(frame).putInt(body.remaining()).put(body);
        out.write(frame);
        out.flush();
        int size = in.readInt();
        if (size < 4 || size > MAX_ANSWER_BYTES) {
            throw new IOException("the answer has " + size + " bytes, which cannot be");
        }
        ByteBuffer answer = ByteBuffer.wrap(in.readNBytes(size));
        if (answer.remaining() < size) {
            throw new IOException("the connection ended within an answer");
        }
        return AbstractResponse.parseResponse(answer, header);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
