/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Hands out producer ids from blocks that the active controller gives to this broker; no id is ever given twice. The next block is
 * asked for before the current one is used up. Thread-safe, never blocks.
 */
public final class ProducerIds {
    /** Ask for the next block when this part of the current one is left. */
    private static final int PREFETCH_DIVISOR = 10;

    private static final int MAX_WAITING = 10_000;

    private final ControllerGateway gateway;
    private final int nodeId;
    private final LongSupplier brokerEpoch;
    private final long timeoutMs;

    private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private Block current = Block.NONE;
    private Block next = Block.NONE;
    private boolean asked;

    /**
     * @param nodeId this broker
     * @param brokerEpoch its epoch now
     * @param timeoutMs how long one question to the controller may take
     */
    public ProducerIds(ControllerGateway gateway, int nodeId, LongSupplier brokerEpoch, long timeoutMs) {
        this.gateway = gateway;
        this.nodeId = nodeId;
        this.brokerEpoch = brokerEpoch;
        this.timeoutMs = timeoutMs;
    }

    /**
     * A producer id never used before.
     *
     * @return fails with COORDINATOR_LOAD_IN_PROGRESS, which clients retry, when the controller gives no block in time
     */
    public CompletableFuture<Long> next() {
        CompletableFuture<Long> result = new CompletableFuture<>();
        boolean ask = false;
        Long id = null;
        synchronized (this) {
            if (waiting.size() >= MAX_WAITING) {
                return CompletableFuture.failedFuture(unavailable("too many requests for producer ids are waiting"));
            }
            id = take();
            if (id == null) {
                waiting.add(result);
            }
            if (!asked && next.left() == 0 && current.left() <= current.length / PREFETCH_DIVISOR) {
                asked = true;
                ask = true;
            }
        }
        if (ask) {
            ask();
        }
        if (id != null) {
            result.complete(id);
        }
        return result;
    }

    private @Nullable Long take() {
        if (current.left() == 0) {
            current = next;
            next = Block.NONE;
        }
        return current.left() == 0 ? null : current.take();
    }

    private void ask() {
        CompletableFuture<ApiMessage> reply;
        try {
            reply = gateway.send(
                    new AllocateProducerIdsRequestData().setBrokerId(nodeId).setBrokerEpoch(brokerEpoch.getAsLong()),
                    timeoutMs);
        } catch (RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        var unused = reply.whenComplete((message, failure) -> {
            if (failure != null) {
                failed(String.valueOf(failure.getMessage()));
                return;
            }
            AllocateProducerIdsResponseData response = (AllocateProducerIdsResponseData) message;
            if (response.errorCode() != Errors.NONE.code() || response.producerIdLen() <= 0) {
                failed(Errors.forCode(response.errorCode()).name());
            } else {
                got(new Block(response.producerIdStart(), response.producerIdLen()));
            }
        });
    }

    private void got(Block block) {
        List<CompletableFuture<Long>> served = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        boolean ask;
        synchronized (this) {
            asked = false;
            next = block;
            while (!waiting.isEmpty()) {
                Long id = take();
                if (id == null) {
                    break;
                }
                served.add(waiting.remove());
                ids.add(id);
            }
            ask = !waiting.isEmpty();
            asked = ask;
        }
        if (ask) {
            ask();
        }
        for (int i = 0; i < served.size(); i++) {
            served.get(i).complete(ids.get(i));
        }
    }

    private void failed(String why) {
        List<CompletableFuture<Long>> failed;
        synchronized (this) {
            asked = false;
            failed = new ArrayList<>(waiting);
            waiting.clear();
        }
        RuntimeException exception = unavailable("no producer ids from the controller: " + why);
        failed.forEach(future -> future.completeExceptionally(exception));
    }

    private static RuntimeException unavailable(String message) {
        return Errors.COORDINATOR_LOAD_IN_PROGRESS.exception(message);
    }

    /** Ids of one block that are left. */
    private static final class Block {
        static final Block NONE = new Block(0, 0);

        private final int length;
        private final long end;
        private long first;

        Block(long first, int length) {
            this.first = first;
            this.length = length;
            this.end = first + length;
        }

        long left() {
            return end - first;
        }

        long take() {
            return first++;
        }
    }
}
