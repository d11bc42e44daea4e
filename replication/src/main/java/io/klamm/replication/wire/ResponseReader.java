/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** Responses as the client reads them. */
public final class ResponseReader {
    private ResponseReader() {}

    /** The number of the request that a frame answers, without moving the reader index. */
    public static int correlationId(ByteBuf frame) {
        if (frame.readableBytes() < Integer.BYTES) {
            throw new MalformedMessageException("a response of " + frame.readableBytes() + " bytes");
        }
        return frame.getInt(frame.readerIndex());
    }

    /**
     * Reads header and message. Records are slices of the frame.
     *
     * @throws MalformedMessageException when the frame is no such response
     */
    public static ApiMessage decode(ByteBuf frame, ApiKeys api, short version) {
        try {
            ByteBufReadable readable = new ByteBufReadable(frame);
            ResponseHeaderData unused = new ResponseHeaderData(readable, api.responseHeaderVersion(version));
            ApiMessage message = api.messageType.newResponse();
            message.read(readable, version);
            return message;
        } catch (RuntimeException e) {
            throw RequestFrame.malformed(api.name + " response version " + version, e);
        }
    }
}
