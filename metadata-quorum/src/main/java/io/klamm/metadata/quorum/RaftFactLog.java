/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.quorum;

import io.klamm.metadata.controller.FactLog;
import io.klamm.metadata.controller.NotActiveControllerException;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.image.MetadataImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * Submits entries to the voter in this very process. Only a leader takes them; every failure, whatever Ratis says of it,
 * means that the outcome is unknown, since an entry of a deposed leader may still be committed by the next one. Futures
 * complete on Ratis' apply thread: what follows must hand over to another thread if it takes long or waits.
 */
final class RaftFactLog implements FactLog {
    /** Ratis completes requests when leadership is lost; this is the bound for when it does not. */
    private static final long TIMEOUT_MS = 30_000;

    private final MetadataStateMachine stateMachine;
    private final RaftGroupId groupId;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong callIds = new AtomicLong();
    private volatile @Nullable RaftServer server;
    /** Entries wait while it is not complete. */
    private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

    RaftFactLog(MetadataStateMachine stateMachine, RaftGroupId groupId) {
        this.stateMachine = stateMachine;
        this.groupId = groupId;
    }

    /** @param running the server, or null when it stops */
    void connect(@Nullable RaftServer running) {
        server = running;
    }

    /**
     * Holds all entries back until {@link #release}. A change of members that waits for one that is dead is looked at again by Ratis
     * only when nothing else goes on. The caller sees to it that it does not last.
     */
    synchronized void hold() {
        if (gate.isDone()) {
            gate = new CompletableFuture<>(); // else those who wait at the present one would wait for ever
        }
    }

    void release() {
        gate.complete(null);
    }

    @Override
    public MetadataImage applied() {
        return stateMachine.image();
    }

    @Override
    public CompletableFuture<Boolean> append(FactBatch batch) {
        ByteBuffer bytes = FactCodec.encode(batch);
        if (bytes.remaining() > RaftSettings.MAX_ENTRY_BYTES) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("a batch of " + bytes.remaining()
                    + " bytes is above the limit of " + RaftSettings.MAX_ENTRY_BYTES));
        }
        return submit(UnsafeByteOperations.unsafeWrap(bytes))
                .thenApply(message -> message.getContent().equals(LogEntry.APPLIED.getContent()));
    }

    @Override
    public CompletableFuture<Void> barrier() {
        return submit(LogEntry.BARRIER).thenApply(message -> null);
    }

    private CompletableFuture<Message> submit(ByteString entry) {
        CompletableFuture<Void> open = gate;
        return open.isDone() ? submitNow(entry) : open.thenCompose(released -> submitNow(entry));
    }

    private CompletableFuture<Message> submitNow(ByteString entry) {
        RaftServer target = server;
        if (target == null) {
            return CompletableFuture.failedFuture(new NotActiveControllerException("this voter is not running"));
        }
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(clientId)
                .setServerId(target.getId())
                .setGroupId(groupId)
                .setCallId(callIds.incrementAndGet())
                .setMessage(Message.valueOf(entry))
                .setType(RaftClientRequest.writeRequestType())
                .build();
        try {
            return target.submitClientRequestAsync(request)
                    .copy()
                    .orTimeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .thenApply(RaftFactLog::content);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(unknown(e));
        }
    }

    private static Message content(RaftClientReply reply) {
        if (reply.isSuccess()) {
            return reply.getMessage();
        }
        throw unknown(reply.getException());
    }

    private static NotActiveControllerException unknown(@Nullable Throwable cause) {
        return new NotActiveControllerException("outcome unknown: " + cause);
    }
}
