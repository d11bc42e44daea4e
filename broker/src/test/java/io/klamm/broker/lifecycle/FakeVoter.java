/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.VirtualExecutor;
import io.klamm.broker.controller.MetadataFetchHandler;
import io.klamm.broker.controller.MetadataSnapshotHandler;
import io.klamm.broker.controller.TailingBrokers;
import io.klamm.broker.net.RequestContext;
import io.klamm.broker.security.Authorizer;
import io.klamm.broker.security.ClientPrincipal;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactCodec;
import io.klamm.metadata.image.ImageSnapshot;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.quorum.FactHistory;
import io.klamm.metadata.quorum.MetadataQuorum.SnapshotChunk;
import io.klamm.metadata.quorum.SnapshotId;
import io.klamm.metadata.quorum.SnapshotNeededException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;

/** A voter with facts and the real handlers; every message goes through the real codec. */
final class FakeVoter implements FactHistory {
    private final List<FactBatch> batches = new ArrayList<>();
    private final List<CompletableFuture<Void>> waiters = new ArrayList<>();
    private final MetadataFetchHandler fetch;
    private final MetadataSnapshotHandler snapshots;
    private MetadataImage image = MetadataImage.EMPTY;
    private long startOffset;
    private byte[] snapshot = new byte[0];
    int snapshotPieces;
    int fetches;

    FakeVoter(VirtualExecutor time, int leaderId) {
        fetch = new MetadataFetchHandler(
                "cluster",
                this,
                () -> new MetadataFetchHandler.Leader(leaderId, 1),
                new TailingBrokers(() -> 0),
                time,
                Authorizer.ALLOW_ALL);
        snapshots = new MetadataSnapshotHandler("cluster", this::readSnapshot, Runnable::run, Authorizer.ALLOW_ALL);
    }

    void apply(FactBatch batch) {
        image = image.apply(batch);
        batches.add(batch);
        List<CompletableFuture<Void>> woken = List.copyOf(waiters);
        waiters.clear();
        woken.forEach(waiter -> waiter.complete(null));
    }

    MetadataImage image() {
        return image;
    }

    /** Forgets the batches: whoever is behind needs the snapshot. */
    void purge() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageSnapshot.write(image, out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        snapshot = out.toByteArray();
        startOffset = image.endOffset();
        batches.clear();
    }

    CompletableFuture<ApiMessage> answer(ApiMessage request) {
        ApiKeys api = ApiKeys.forId(request.apiKey());
        short version = api.latestVersion();
        ApiMessage received = api.messageType.newRequest();
        received.read(MessageUtil.toByteBufferAccessor(request, version), version);
        RequestContext context = new RequestContext(
                api,
                version,
                1,
                "",
                ClientPrincipal.ANONYMOUS,
                "CONTROLLER",
                "PLAINTEXT",
                new InetSocketAddress(0),
                1,
                0);
        if (received instanceof FetchRequestData asked) {
            fetches++;
            return fetch.handle(context, asked).toCompletableFuture().thenApply(response -> wire(response, version));
        }
        return snapshots
                .handle(context, (FetchSnapshotRequestData) received)
                .toCompletableFuture()
                .thenApply(response -> wire(response, version));
    }

    /** Through the encoder of kafka-clients and back. */
    private static ApiMessage wire(ApiMessage response, short version) {
        ApiMessage decoded = ApiKeys.forId(response.apiKey()).messageType.newResponse();
        decoded.read(WireBytes.of(response, version), version);
        return decoded;
    }

    @Override
    public long startOffset() {
        return startOffset;
    }

    @Override
    public long endOffset() {
        return image.endOffset();
    }

    @Override
    public List<ByteBuffer> read(long offset, int maxBytes) {
        if (offset < startOffset) {
            throw new SnapshotNeededException(new SnapshotId(startOffset, image.term()));
        }
        if (offset > endOffset()) {
            throw new IndexOutOfBoundsException();
        }
        return batches.stream()
                .filter(batch -> batch.endOffset() > offset)
                .map(FactCodec::encode)
                .toList();
    }

    @Override
    public CompletableFuture<Void> awaitAbove(long offset) {
        CompletableFuture<Void> waiter = new CompletableFuture<>();
        waiters.add(waiter);
        return waiter;
    }

    private SnapshotChunk readSnapshot(SnapshotId id, long position, int maxBytes) {
        snapshotPieces++;
        int from = (int) position;
        int length = Math.min(40, snapshot.length - from); // small, so that there are several pieces
        return new SnapshotChunk(
                snapshot.length, ByteBuffer.wrap(snapshot, from, length).slice());
    }
}
