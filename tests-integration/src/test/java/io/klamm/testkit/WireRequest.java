/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** One request on a connection of its own, as no client library would send it. */
record WireRequest(int port, String clientId) {
    private static final int TIMEOUT_MS = 30_000;

    /** Sends the request in this version, and reads the answer into {@code answer}. */
    <T extends ApiMessage> T ask(int version, ApiMessage request, T answer) throws IOException {
        ApiKeys api = ApiKeys.forId(request.apiKey());
        RequestHeader header = new RequestHeader(api, (short) version, clientId, 1);
        ByteBuffer frame = RequestUtils.serialize(header.data(), header.headerVersion(), request, (short) version);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(TIMEOUT_MS);
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + frame.remaining());
            socket.getOutputStream()
                    .write(bytes.putInt(frame.remaining()).put(frame).array());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] received = new byte[in.readInt()];
            in.readFully(received);
            ByteBufferAccessor body = new ByteBufferAccessor(ByteBuffer.wrap(received));
            new ResponseHeaderData(body, api.responseHeaderVersion((short) version));
            answer.read(body, (short) version);
            return answer;
        }
    }
}
