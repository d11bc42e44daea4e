/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.MalformedMessageException;
import io.klamm.replication.wire.RequestFrame;
import io.klamm.replication.wire.ResponseFrame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;

/**
 * Frames to requests: reads the header, finds who serves the API, reads the message. Releases the frame when the handler has
 * returned, which is what {@link ApiHandler} promises about zero-copy fields.
 *
 * <p>As Apache Kafka does, it fires {@link MalformedMessageException}, which closes the connection, for what has no answer in the
 * protocol: a frame without a header, an API that this listener does not serve, a version that is not served. The exceptions:
 * ApiVersions, which in an unknown version is answered in version 0 with the versions to use (KIP-511), Produce 0 to 2, and {@link
 * LongConfigValues}.
 */
final class RequestDecoder extends ChannelInboundHandlerAdapter {
    /** API key, version, correlation id. */
    private static final int FIXED_HEADER_BYTES = 8;

    private final Connection connection;
    private final ApiTable table;
    private final LongSupplier nanos;

    RequestDecoder(Connection connection, ApiTable table, LongSupplier nanos) {
        this.connection = connection;
        this.table = table;
        this.nanos = nanos;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            context.fireChannelRead(decode(frame));
        } catch (MalformedMessageException e) {
            context.fireExceptionCaught(e);
        } finally {
            frame.release();
        }
    }

    private Object decode(ByteBuf frame) {
        if (frame.readableBytes() < FIXED_HEADER_BYTES) {
            throw new MalformedMessageException("a request of " + frame.readableBytes() + " bytes");
        }
        int bytes = Integer.BYTES + frame.readableBytes();
        short apiKey = frame.getShort(frame.readerIndex());
        short version = frame.getShort(frame.readerIndex() + Short.BYTES);
        ApiTable.Row row = table.find(apiKey);
        if (row == null) {
            throw new MalformedMessageException(
                    ApiKeys.hasId(apiKey)
                            ? "this listener does not serve " + ApiKeys.forId(apiKey).name
                            : "no API has the key " + apiKey);
        }
        if (row.versions().contains(version)) {
            RequestContext context = context(frame, row.api(), version);
            return served(frame, row, context, bytes);
        }
        if (row.api() == ApiKeys.API_VERSIONS) {
            return versionsToUse(frame, row);
        }
        if (row.api() == ApiKeys.PRODUCE && OldProduce.isOld(version)) {
            RequestContext context = context(frame, row.api(), version);
            ProduceRequestData request = OldProduce.read(frame);
            return new RawAnswer(context, allocator -> OldProduce.refuse(allocator, context, request));
        }
        throw new MalformedMessageException(row.api().name + " request of version " + version + ", served are "
                + row.versions().min() + " to " + row.versions().max());
    }

    private Object served(ByteBuf frame, ApiTable.Row row, RequestContext context, int bytes) {
        int body = frame.readerIndex();
        AbstractRequest request;
        try {
            request = RequestFrame.decodeBody(frame, row.api(), context.version());
        } catch (MalformedMessageException e) {
            ApiMessage refusal = LongConfigValues.refuse(row.api(), context.version(), frame.readerIndex(body));
            if (refusal == null) {
                throw e;
            }
            return new RawAnswer(
                    context,
                    allocator -> ResponseFrame.encode(
                            allocator, row.api(), context.version(), context.correlationId(), refusal));
        }
        if (request.data() instanceof ApiVersionsRequestData versions) {
            connection.remember(versions);
        }
        return new ReceivedRequest(context, request, row, bytes);
    }

    private RequestContext context(ByteBuf frame, ApiKeys api, short version) {
        RequestHeaderData header = RequestFrame.decodeHeader(frame, api.requestHeaderVersion(version));
        return context(api, version, header.correlationId(), header.clientId() == null ? "" : header.clientId());
    }

    private RequestContext context(ApiKeys api, short version, int correlationId, String clientId) {
        return new RequestContext(
                api,
                version,
                correlationId,
                clientId,
                connection.principal,
                connection.listener.name(),
                connection.listener.securityProtocol(),
                connection.client,
                connection.id,
                nanos.getAsLong());
    }

    /** Nothing behind the correlation id can be read, since the header of that version is not known. */
    private RawAnswer versionsToUse(ByteBuf frame, ApiTable.Row row) {
        int correlationId = frame.getInt(frame.readerIndex() + 2 * Short.BYTES);
        ApiVersionsResponseData answer = new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        answer.apiKeys()
                .add(new ApiVersionsResponseData.ApiVersion()
                        .setApiKey(row.api().id)
                        .setMinVersion(row.versions().min())
                        .setMaxVersion(row.versions().max()));
        return new RawAnswer(
                context(row.api(), (short) 0, correlationId, ""),
                allocator -> ResponseFrame.encode(allocator, row.api(), (short) 0, correlationId, answer));
    }
}
