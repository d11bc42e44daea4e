/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.peer;

import io.klamm.replication.wire.MalformedMessageException;
import io.klamm.replication.wire.RequestFrame;
import io.klamm.replication.wire.ResponseReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection of a {@link NettyPeerChannel}: the last handler of its pipeline. It asks for the peer's versions, then writes
 * requests and matches the answers, which come in the order of the requests. Anything that does not fit closes it; closing fails
 * what is outstanding. All on the event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel, which channelInactive sees
final class PeerConnection extends ChannelInboundHandlerAdapter {
    private final Channel channel;
    private final String clientId;
    private final String software;
    private final ArrayDeque<PeerRequest> outstanding = new ArrayDeque<>();

    /** Told once: the versions are known (null), or the connection ended (the reason). */
    private final BiConsumer<PeerConnection, @Nullable PeerException> events;

    private @Nullable PeerVersions versions;
    private @Nullable PeerException endReason;
    private int nextCorrelationId;

    PeerConnection(
            Channel channel,
            String clientId,
            String software,
            BiConsumer<PeerConnection, @Nullable PeerException> events) {
        this.channel = channel;
        this.clientId = clientId;
        this.software = software;
        this.events = events;
    }

    int outstanding() {
        return outstanding.size();
    }

    boolean ready() {
        return versions != null && endReason == null;
    }

    /** Writes a request; it is answered or failed from now on. Only when {@link #ready}. */
    void send(PeerRequest request) {
        PeerVersions known = versions;
        if (known == null) {
            throw new IllegalStateException("versions are not known yet");
        }
        try {
            request.version = known.choose(request.api);
            write(request);
        } catch (PeerException e) {
            request.fail(e);
        } catch (RuntimeException e) {
            // A field that the chosen version does not know, for example.
            request.fail(
                    new PeerException("cannot encode " + request.api.name + " version " + request.version, e, false));
        }
    }

    /** Ends the connection; what is outstanding fails for this reason. */
    void end(PeerException reason) {
        if (endReason == null) {
            endReason = reason;
            channel.close();
            // First this, so that a request sent by a failed one's callback does not find this connection.
            events.accept(this, reason);
            failOutstanding(reason);
        }
    }

    /** Asks for the versions. */
    void start() {
        PeerRequest request = new PeerRequest(
                new ApiVersionsRequestData().setClientSoftwareName("klamm").setClientSoftwareVersion(software));
        request.version = PeerVersions.API_VERSIONS_VERSION;
        request.answer.whenComplete((answer, failure) -> {
            if (answer instanceof ApiVersionsResponseData data) {
                negotiated(data);
            }
        });
        write(request);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            answer(frame);
        } catch (MalformedMessageException e) {
            end(new PeerException("the node's answer makes no sense: " + e.getMessage()));
        } finally {
            frame.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end(new PeerException("connection closed by the node"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        end(new PeerException("connection failed: " + cause.getMessage(), cause));
    }

    private void write(PeerRequest request) {
        request.correlationId = nextCorrelationId++ & Integer.MAX_VALUE;
        ByteBuf frame =
                RequestFrame.encode(channel.alloc(), request.version, request.correlationId, clientId, request.message);
        outstanding.add(request);
        channel.writeAndFlush(frame);
    }

    private void answer(ByteBuf frame) {
        if (endReason != null) {
            return;
        }
        int correlationId = ResponseReader.correlationId(frame);
        PeerRequest request = outstanding.peek();
        if (request == null || request.correlationId != correlationId) {
            throw new MalformedMessageException("correlation id " + correlationId + " out of order");
        }
        ApiMessage response = request.api == ApiKeys.API_VERSIONS
                ? decodeVersions(frame, request.version)
                : ResponseReader.decode(frame, request.api, request.version);
        outstanding.remove();
        request.succeed(response);
    }

    /** A node that does not know our version of ApiVersions answers in version 0 (KIP-511). */
    private static ApiMessage decodeVersions(ByteBuf frame, short version) {
        int start = frame.readerIndex();
        try {
            return ResponseReader.decode(frame, ApiKeys.API_VERSIONS, version);
        } catch (MalformedMessageException e) {
            frame.readerIndex(start);
            return ResponseReader.decode(frame, ApiKeys.API_VERSIONS, (short) 0);
        }
    }

    private void negotiated(ApiVersionsResponseData answer) {
        if (answer.errorCode() != Errors.NONE.code()) {
            end(new PeerException("the node refuses ApiVersions: " + Errors.forCode(answer.errorCode())));
            return;
        }
        versions = new PeerVersions(answer);
        events.accept(this, null);
    }

    private void failOutstanding(PeerException reason) {
        PeerRequest request;
        while ((request = outstanding.poll()) != null) {
            request.fail(reason);
        }
    }
}
