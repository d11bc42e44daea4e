/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.ResponseFrame;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers of one connection in the order of the requests, whatever the order in which the handlers finish. Writes are
 * flushed once a turn of the event loop. A request counts as in flight until its answer is with the operating system. On the event
 * loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the channel
final class ResponseWriter {
    /** The place of an answer in the order. */
    static final class Slot {
        private final RequestContext context;
        private @Nullable Answer answer;

        private Slot(RequestContext context) {
            this.context = context;
        }
    }

    /** What stands in a slot when its turn comes. */
    sealed interface Answer {
        /** A response, encoded when its turn comes. */
        record Message(ApiMessage message) implements Answer {}

        /** An encoded response. */
        record Encoded(ResponseFrame frame) implements Answer {}

        /** The protocol knows no answer. */
        record None() implements Answer {}

        /** The connection is closed behind what came before. */
        record Close() implements Answer {}

        Answer NONE = new None();
        Answer CLOSE = new Close();
    }

    private final Channel channel;
    private final ConnectionGate gate;
    private final NetMetrics metrics;
    private final LongSupplier nanos;
    private final UnsentAnswers.Part unsent;
    private final Runnable greedy;
    private final ArrayDeque<Slot> slots = new ArrayDeque<>();
    private final Runnable flush = this::flush;
    private boolean flushDue;
    private boolean closed;

    /**
     * @param unsent this connection's part of the memory for answers
     * @param greedy closes the connection, which reads nothing while that memory is short
     */
    ResponseWriter(
            Channel channel,
            ConnectionGate gate,
            NetMetrics metrics,
            LongSupplier nanos,
            UnsentAnswers.Part unsent,
            Runnable greedy) {
        this.unsent = unsent;
        this.greedy = greedy;
        this.channel = channel;
        this.gate = gate;
        this.metrics = metrics;
        this.nanos = nanos;
    }

    Slot open(RequestContext request) {
        Slot slot = new Slot(request);
        slots.add(slot);
        gate.requestArrived();
        return slot;
    }

    /** Whether a handler has not finished yet. */
    boolean waiting() {
        return !slots.isEmpty();
    }

    /**
     * Fills a slot, and writes what is due by it.
     *
     * @throws RuntimeException when the answer of this slot or one behind it cannot be encoded; its slot is gone then
     */
    void complete(Slot slot, Answer answer) {
        if (closed) {
            discard(answer);
            return;
        }
        slot.answer = answer;
        Slot head;
        while ((head = slots.peek()) != null && head.answer != null) {
            slots.remove();
            write(head.context, head.answer);
        }
    }

    /** Writes are due now. */
    void flush() {
        if (flushDue) {
            flushDue = false;
            channel.flush();
        }
    }

    /** The connection is gone: answers are given back, those still to come too. */
    void close() {
        closed = true;
        Slot slot;
        while ((slot = slots.poll()) != null) {
            if (slot.answer != null) {
                discard(slot.answer);
            }
        }
    }

    private void write(RequestContext request, Answer answer) {
        if (answer instanceof Answer.Message message) {
            write(
                    request,
                    ResponseFrame.encode(
                            channel.alloc(),
                            request.api(),
                            request.version(),
                            request.correlationId(),
                            message.message()));
        } else if (answer instanceof Answer.Encoded encoded) {
            write(request, encoded.frame());
        } else if (answer instanceof Answer.None) {
            metrics.answered(request.api(), nanos.getAsLong() - request.receivedNanos());
            gate.requestDone();
        } else {
            close();
            gate.close();
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void write(RequestContext request, ResponseFrame frame) {
        metrics.bytesOut.inc(frame.size());
        metrics.answered(request.api(), nanos.getAsLong() - request.receivedNanos());
        int held = frame.bufferedBytes();
        boolean room = unsent.add(held);
        frame.write(channel).addListener(written -> {
            unsent.sent(held);
            gate.requestDone();
        });
        if (!room) {
            greedy.run();
        }
        if (!flushDue) {
            flushDue = true;
            channel.eventLoop().execute(flush);
        }
    }

    private static void discard(Answer answer) {
        if (answer instanceof Answer.Message message) {
            ResponseFrame.discard(message.message());
        } else if (answer instanceof Answer.Encoded encoded) {
            encoded.frame().release();
        }
    }
}
