/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractRequest;

/** Requests as frames: header, then message. */
public final class RequestFrame {
    private RequestFrame() {}

    /** Encodes a request, length prefix included. */
    public static ByteBuf encode(
            ByteBufAllocator allocator, short version, int correlationId, String clientId, ApiMessage message) {
        ApiKeys api = ApiKeys.forId(message.apiKey());
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.id)
                .setRequestApiVersion(version)
                .setCorrelationId(correlationId)
                .setClientId(clientId);
        short headerVersion = api.requestHeaderVersion(version);
        ObjectSerializationCache headerCache = new ObjectSerializationCache();
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator total = new MessageSizeAccumulator();
        header.addSize(total, headerCache, headerVersion);
        message.addSize(total, cache, version);
        ByteBuf buffer = allocator.directBuffer(Integer.BYTES + total.totalSize());
        try {
            buffer.writeInt(total.totalSize());
            ByteBufWritable writable = new ByteBufWritable(buffer);
            header.write(writable, headerCache, headerVersion);
            message.write(writable, cache, version);
            return buffer;
        } catch (RuntimeException e) {
            buffer.release();
            throw e;
        }
    }

    /**
     * Reads the header and leaves the reader index at the message.
     *
     * @param headerVersion as {@link ApiKeys#requestHeaderVersion} says for the frame's API and version
     * @throws MalformedMessageException when it is none
     */
    public static RequestHeaderData decodeHeader(ByteBuf frame, short headerVersion) {
        try {
            return new RequestHeaderData(new ByteBufReadable(frame), headerVersion);
        } catch (RuntimeException e) {
            throw malformed("request header", e);
        }
    }

    /**
     * Reads the message that follows the header. Its records are slices of the frame.
     *
     * @throws MalformedMessageException when it is none
     */
    public static AbstractRequest decodeBody(ByteBuf frame, ApiKeys api, short version) {
        try {
            return AbstractRequest.parseRequest(api, version, new ByteBufReadable(frame)).request;
        } catch (RuntimeException e) {
            throw malformed(api.name + " request version " + version, e);
        }
    }

    /** The generated classes throw plain RuntimeExceptions, and IllegalArgument- or IndexOutOfBoundsException, for bad bytes. */
    static MalformedMessageException malformed(String what, RuntimeException cause) {
        return cause instanceof MalformedMessageException
                ? new MalformedMessageException(what + ": " + cause.getMessage())
                : new MalformedMessageException(what + ": " + cause);
    }
}
