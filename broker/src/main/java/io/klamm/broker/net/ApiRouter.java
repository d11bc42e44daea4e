/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.broker.net.ResponseWriter.Answer;
import io.klamm.broker.net.ResponseWriter.Slot;
import io.klamm.broker.quota.QuotaGate;
import io.klamm.replication.wire.ResponseFrame;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.jspecify.annotations.Nullable;

/**
 * Requests to handlers and their results to the {@link ResponseWriter}: asks the quota, calls the handler, turns a failure into the
 * API's error response. One a connection.
 */
final class ApiRouter extends ChannelInboundHandlerAdapter {
    private final ConnectionGate gate;
    private final ResponseWriter responses;
    private final QuotaGate quota;
    private final ServerFaults faults;

    ApiRouter(ConnectionGate gate, ResponseWriter responses, QuotaGate quota, ServerFaults faults) {
        this.gate = gate;
        this.responses = responses;
        this.quota = quota;
        this.faults = faults;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof RawAnswer raw) {
            ResponseFrame frame = raw.encoder().encode(context.alloc());
            fill(context, responses.open(raw.context()), frame == null ? Answer.NONE : new Answer.Encoded(frame));
        } else {
            route(context, (ReceivedRequest) message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        responses.flush();
        context.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            gate.resume(ConnectionGate.Pause.UNREAD_ANSWERS);
        } else {
            gate.pause(ConnectionGate.Pause.UNREAD_ANSWERS);
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        gate.close();
        responses.close();
        context.fireChannelInactive();
    }

    private void route(ChannelHandlerContext context, ReceivedRequest request) {
        int throttleMs = quota.charge(request.context(), request.bytes());
        if (throttleMs > 0) {
            gate.mute(throttleMs, request.context().receivedNanos());
        }
        Slot slot = responses.open(request.context());
        CompletionStage<? extends @Nullable ApiMessage> result;
        try {
            result = call(request.row().handler(), request);
        } catch (RuntimeException e) {
            fill(context, slot, answer(request, null, e, throttleMs));
            return;
        }
        var unused = result.whenComplete(
                (response, failure) -> finished(context, request, slot, throttleMs, response, failure));
    }

    @SuppressWarnings("unchecked") // the decoder made the message for the row's API
    private static <Q extends ApiMessage> CompletionStage<? extends @Nullable ApiMessage> call(
            ApiHandler<Q> handler, ReceivedRequest request) {
        return handler.handle(request.context(), (Q) request.message());
    }

    /** By any thread. */
    private void finished(
            ChannelHandlerContext context,
            ReceivedRequest request,
            Slot slot,
            int throttleMs,
            @Nullable ApiMessage response,
            @Nullable Throwable failure) {
        if (context.executor().inEventLoop()) {
            fill(context, slot, answer(request, response, failure, throttleMs));
            return;
        }
        try {
            context.executor().execute(() -> fill(context, slot, answer(request, response, failure, throttleMs)));
        } catch (RejectedExecutionException e) {
            if (response != null) {
                ResponseFrame.discard(response); // the server is stopped
            }
        }
    }

    private void fill(ChannelHandlerContext context, Slot slot, Answer answer) {
        try {
            responses.complete(slot, answer);
        } catch (RuntimeException e) {
            // Cannot be encoded, or its file range not be read: the client must not wait for it.
            faults.unanswerable(context.channel(), e);
        }
    }

    private Answer answer(
            ReceivedRequest request, @Nullable ApiMessage response, @Nullable Throwable failure, int throttleMs) {
        if (failure == null) {
            if (response == null) {
                return Answer.NONE;
            }
            if (throttleMs > 0) {
                ThrottleTime.stamp(response, throttleMs);
            }
            return new Answer.Message(response);
        }
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CloseConnectionException) {
            return Answer.CLOSE;
        }
        if (!(cause instanceof ApiException)) {
            faults.handlerFailed(request.context(), cause);
            cause = Errors.UNKNOWN_SERVER_ERROR.exception();
        }
        try {
            AbstractResponse error = request.request().getErrorResponse(throttleMs, cause);
            return error == null
                    ? Answer.CLOSE
                    : new Answer.Message(error.data()); // null: acks=0, no other way to tell
        } catch (RuntimeException e) {
            faults.handlerFailed(request.context(), e);
            return Answer.CLOSE;
        }
    }
}
