/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.RequestFrame;
import io.klamm.replication.wire.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** A client made of a bare socket, which can also misbehave. */
public final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    public RawClient(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBuffer of the socket, 0 for the system's choice */
    RawClient(int port, int receiveBuffer) throws IOException {
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
    }

    static byte[] frame(int correlationId, int version, ApiMessage request) {
        ByteBuf frame =
                RequestFrame.encode(UnpooledByteBufAllocator.DEFAULT, (short) version, correlationId, "raw", request);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes).release();
        return bytes;
    }

    void send(int correlationId, int version, ApiMessage request) throws IOException {
        send(frame(correlationId, version, request));
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void send(byte[] bytes, int from, int to) throws IOException {
        out.write(bytes, from, to - from);
        out.flush();
    }

    /** The next answer's bytes without the length. */
    ByteBuf frame() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    /** The next answer, which must be the one to {@code correlationId}. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller knows what it asked for
    <T extends ApiMessage> T receive(int correlationId, ApiKeys api, int version) throws IOException {
        ByteBuf frame = frame();
        if (ResponseReader.correlationId(frame) != correlationId) {
            throw new AssertionError("got the answer to " + ResponseReader.correlationId(frame) + " instead of that to "
                    + correlationId);
        }
        return (T) ResponseReader.decode(frame, api, (short) version);
    }

    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T extends ApiMessage> T ask(int correlationId, int version, ApiMessage request) throws IOException {
        send(correlationId, version, request);
        return receive(correlationId, ApiKeys.forId(request.apiKey()), version);
    }

    /** Waits for the server to close the connection; fails when it sends anything or does nothing. */
    void expectClosed() throws IOException {
        try {
            int next = in.read();
            if (next != -1) {
                throw new AssertionError("the server answered");
            }
        } catch (EOFException | SocketException expected) {
            // a reset is a way to close, too
            return;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
