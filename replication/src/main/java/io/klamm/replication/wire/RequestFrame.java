/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractRequest;

/** Requests as frames: header, then message. */
public final class RequestFrame {
    /**
     * Fields of one request. The codec keeps topics, groups, configs of many messages, both ways, in tables with open addressing, in which names
     * that collide (and anybody can find such) cost the square of their number: at this bound less than a second. 10,000 new partitions
     * with their assignments are 60,000 fields.
     */
    static final int MOST_FIELDS = 100_000;

    /** These name partitions in plain lists, perhaps all of a cluster: at 64 bytes a field an eighth of the heap. */
    private static final Set<ApiKeys> OF_MANY_PARTITIONS = Collections.unmodifiableSet(EnumSet.of(
            ApiKeys.FETCH,
            ApiKeys.LIST_OFFSETS,
            ApiKeys.OFFSET_COMMIT,
            ApiKeys.OFFSET_FETCH,
            ApiKeys.TXN_OFFSET_COMMIT,
            ApiKeys.ALTER_PARTITION,
            ApiKeys.ASSIGN_REPLICAS_TO_DIRS));

    private static final int MOST_FIELDS_OF_MANY_PARTITIONS = (int) Math.min(
            Integer.MAX_VALUE, Math.max(MOST_FIELDS, Runtime.getRuntime().maxMemory() / 512));

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
            return AbstractRequest.parseRequest(api, version, new ByteBufReadable(frame, mostFields(api))).request;
        } catch (RuntimeException e) {
            throw malformed(api.name + " request version " + version, e);
        }
    }

    /**
     * Reads a message that came inside of another one.
     *
     * @throws MalformedMessageException when it is none
     */
    public static void readInner(ByteBuffer bytes, ApiMessage message, short version) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes.slice());
        try {
            message.read(new ByteBufReadable(buffer, mostFields(ApiKeys.forId(message.apiKey()))), version);
        } catch (RuntimeException e) {
            throw malformed("inner message", e);
        }
        bytes.position(bytes.limit() - buffer.readableBytes());
    }

    private static int mostFields(ApiKeys api) {
        return OF_MANY_PARTITIONS.contains(api) ? MOST_FIELDS_OF_MANY_PARTITIONS : MOST_FIELDS;
    }

    /** The generated classes throw plain RuntimeExceptions, and IllegalArgument- or IndexOutOfBoundsException, for bad bytes. */
    static MalformedMessageException malformed(String what, RuntimeException cause) {
        return cause instanceof MalformedMessageException
                ? new MalformedMessageException(what + ": " + cause.getMessage())
                : new MalformedMessageException(what + ": " + cause);
    }
}
