/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/** Stops and starts a connection's reading by the node's memory for requests, and ends one that stalls the others. */
@SuppressWarnings("FutureReturnValueIgnored") // the scheduled check needs no answer
final class MemoryGuard implements RequestMemory.Owner {
    /** While others wait, a request that comes more slowly than this is given up. */
    private static final long LEAST_BYTES_PER_SECOND = 64 * 1024;

    private final Channel channel;
    private final Connection connection;
    private final ConnectionGate gate;
    private final ServerFaults faults;
    private final long maxStallMs;
    private final RequestMemory memory;
    private final RequestMemory.Account account;
    private boolean waits;

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
        this.memory = memory;
        this.account = memory.open(this);
    }

    RequestMemory.Account account() {
        return account;
    }

    @Override
    public void memoryShort() {
        gate.pause(ConnectionGate.Pause.MEMORY);
        if (!waits) {
            waits = true;
            askHoldersLater();
        }
    }

    /** Again and again, as long as this connection waits. */
    private void askHoldersLater() {
        channel.eventLoop()
                .schedule(
                        () -> {
                            waits = channel.isActive() && gate.pausedFor(ConnectionGate.Pause.MEMORY);
                            if (waits) {
                                memory.askHolders();
                                askHoldersLater();
                            }
                        },
                        maxStallMs,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void othersWait() {
        channel.eventLoop().execute(this::proveSpeed);
    }

    /** Closes the connection when too little has come since its request began; what it waits for itself is no excuse. */
    private void proveSpeed() {
        long nanos = account.heldNanos();
        long least = LEAST_BYTES_PER_SECOND * nanos / TimeUnit.SECONDS.toNanos(1);
        if (nanos >= TimeUnit.MILLISECONDS.toNanos(maxStallMs) && account.held() > 0 && account.held() < least) {
            faults.stalled(channel, connection);
        }
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
