/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.netty.channel.Channel;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Decides whether a connection is read from: only while nothing speaks against it. On the event loop. */
final class ConnectionGate {
    /** What may speak against reading. */
    enum Pause {
        /** As many requests as allowed have no answer on the wire yet. */
        IN_FLIGHT,
        /** The node's memory for requests is used up. */
        MEMORY,
        /** The client does not read its answers. */
        UNREAD_ANSWERS,
        /** A quota was exceeded. */
        THROTTLED
    }

    private final Channel channel;
    private final int maxInFlight;
    private final Set<Pause> pauses = EnumSet.noneOf(Pause.class);
    private int inFlight;
    private long mutedUntilNanos;
    private boolean closed;

    ConnectionGate(Channel channel, int maxInFlight) {
        this.channel = channel;
        this.maxInFlight = maxInFlight;
    }

    boolean open() {
        return pauses.isEmpty();
    }

    boolean pausedFor(Pause why) {
        return pauses.contains(why);
    }

    int inFlight() {
        return inFlight;
    }

    void requestArrived() {
        if (++inFlight >= maxInFlight) {
            pause(Pause.IN_FLIGHT);
        }
    }

    /** The answer is on the wire, or there is none. */
    void requestDone() {
        inFlight--;
        resume(Pause.IN_FLIGHT);
    }

    void pause(Pause why) {
        if (pauses.add(why)) {
            channel.config().setAutoRead(false);
        }
    }

    void resume(Pause why) {
        if (pauses.remove(why) && pauses.isEmpty() && !closed) {
            channel.config().setAutoRead(true);
        }
    }

    /** Does not read for a while (KIP-219: the answer goes out at once, with the time in it). */
    @SuppressWarnings("FutureReturnValueIgnored") // the task only switches reading on
    void mute(int throttleMs, long nowNanos) {
        long until = nowNanos + TimeUnit.MILLISECONDS.toNanos(throttleMs);
        if (!pauses.contains(Pause.THROTTLED)) {
            mutedUntilNanos = until;
        } else if (until - mutedUntilNanos <= 0) {
            return;
        }
        mutedUntilNanos = until;
        pause(Pause.THROTTLED);
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (mutedUntilNanos == until) {
                                resume(Pause.THROTTLED);
                            }
                        },
                        throttleMs,
                        TimeUnit.MILLISECONDS);
    }

    /** The connection ends: nothing is read from it any more. */
    void close() {
        closed = true;
        channel.config().setAutoRead(false);
    }
}
