/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/** Stops and starts a connection's reading by the node's memory for requests, and ends one that stalls the others. */
@SuppressWarnings("FutureReturnValueIgnored") // the scheduled check needs no answer
final class MemoryGuard implements RequestMemory.Owner {
    private final Channel channel;
    private final Connection connection;
    private final ConnectionGate gate;
    private final ServerFaults faults;
    private final long maxStallMs;
    private final RequestMemory.Account account;

    MemoryGuard(
            Channel channel,
            Connection connection,
            ConnectionGate gate,
            ServerFaults faults,
            RequestMemory memory,
            long maxStallMs) {
        this.channel = channel;
        this.connection = connection;
        this.gate = gate;
        this.faults = faults;
        this.maxStallMs = maxStallMs;
        this.account = memory.open(this);
    }

    RequestMemory.Account account() {
        return account;
    }

    @Override
    public void memoryShort() {
        gate.pause(ConnectionGate.Pause.MEMORY);
    }

    @Override
    public void memoryBack() {
        channel.eventLoop().execute(() -> gate.resume(ConnectionGate.Pause.MEMORY));
    }

    @Override
    public void overdraftBegan() {
        checkOverdraftLater(connection.bytesReceived);
    }

    private void checkOverdraftLater(long receivedBefore) {
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (!account.overdrawn()) {
                                return;
                            }
                            if (gate.open() && connection.bytesReceived == receivedBefore) {
                                faults.stalled(channel, connection);
                            } else {
                                checkOverdraftLater(connection.bytesReceived);
                            }
                        },
                        maxStallMs,
                        TimeUnit.MILLISECONDS);
    }
}
