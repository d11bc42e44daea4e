/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.controller;

import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.replication.wire.ErrorMessages;
import io.klamm.replication.wire.RequestFrame;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.DefaultPrincipalData;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/**
 * A client's request as it travels in an Envelope (KIP-590): with its header, in the client's version, beside the client's
 * principal and address. The response comes back the same way, so that the broker can pass it on as it is.
 */
public record ForwardedRequest(
        ApiKeys api, short version, int correlationId, String clientId, ClientPrincipal principal, ApiMessage request) {

    /** Packs a request for the controller. */
    public static EnvelopeRequestData encode(RequestContext context, ApiMessage request) {
        RequestHeader header =
                new RequestHeader(context.api(), context.version(), context.clientId(), context.correlationId());
        InetAddress address = context.client().getAddress();
        return new EnvelopeRequestData()
                .setRequestData(
                        RequestUtils.serialize(header.data(), header.headerVersion(), request, context.version()))
                .setRequestPrincipal(MessageUtil.toVersionPrefixedBytes(
                        DefaultPrincipalData.HIGHEST_SUPPORTED_VERSION,
                        new DefaultPrincipalData()
                                .setType(context.principal().type())
                                .setName(context.principal().name())))
                .setClientHostAddress(
                        address == null ? InetAddress.getLoopbackAddress().getAddress() : address.getAddress());
    }

    /** @throws IllegalArgumentException when the bytes are not a request, in words that may be shown */
    static ForwardedRequest decode(ByteBuffer data, byte[] principalBytes) {
        try {
            ByteBuffer buffer = data.duplicate();
            RequestHeader header = RequestHeader.parse(buffer);
            ApiKeys api = header.apiKey();
            if (!api.isVersionSupported(header.apiVersion())) {
                throw new IllegalArgumentException("version " + header.apiVersion() + " of " + api);
            }
            ApiMessage request = api.messageType.newRequest();
            RequestFrame.readInner(buffer, request, header.apiVersion());
            if (buffer.hasRemaining()) {
                throw new IllegalArgumentException(buffer.remaining() + " bytes behind the request");
            }
            String clientId = header.clientId();
            return new ForwardedRequest(
                    api,
                    header.apiVersion(),
                    header.correlationId(),
                    clientId == null ? "" : clientId,
                    principal(principalBytes),
                    request);
        } catch (InvalidRequestException | UnsupportedVersionException e) {
            throw new IllegalArgumentException("not a request: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            // The codec meets a lie in a length or an index with whatever exception the read ends in.
            throw new IllegalArgumentException("not a request: " + e, e);
        }
    }

    private static ClientPrincipal principal(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        short version = buffer.getShort();
        if (version < DefaultPrincipalData.LOWEST_SUPPORTED_VERSION
                || version > DefaultPrincipalData.HIGHEST_SUPPORTED_VERSION) {
            throw new IllegalArgumentException("principal of version " + version);
        }
        DefaultPrincipalData data = new DefaultPrincipalData(new ByteBufferAccessor(buffer), version);
        return new ClientPrincipal(data.type(), data.name());
    }

    /** The API's response that refuses the whole request. */
    ApiMessage refuse(Errors error) {
        return AbstractRequest.parseRequest(api, version, MessageUtil.toByteBufferAccessor(request, version))
                .request
                .getErrorResponse(error.exception())
                .data();
    }

    ByteBuffer encodeResponse(ApiMessage response) {
        ErrorMessages.shorten(response);
        return RequestUtils.serialize(
                new ResponseHeaderData().setCorrelationId(correlationId),
                api.responseHeaderVersion(version),
                response,
                version);
    }

    /** Unpacks the response to a request that was sent with {@link #encode}. */
    public static ApiMessage decodeResponse(RequestContext context, ByteBuffer data) {
        ByteBuffer buffer = data.duplicate();
        ByteBufferAccessor in = new ByteBufferAccessor(buffer);
        new ResponseHeaderData(in, context.api().responseHeaderVersion(context.version()));
        ApiMessage response = context.api().messageType.newResponse();
        response.read(in, context.version());
        return response;
    }
}
