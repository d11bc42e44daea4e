/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.controller.FactRecords;
import io.klamm.metadata.fact.FactBatch;
import io.klamm.metadata.fact.FactFormatException;
import io.klamm.metadata.fact.Voter;
import io.klamm.metadata.image.ImageSnapshot;
import io.klamm.metadata.image.MetadataDelta;
import io.klamm.metadata.image.MetadataImage;
import io.klamm.metadata.quorum.SnapshotId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the metadata on a broker that is not a voter: fetches {@code __cluster_metadata} from one voter after the other, builds the
 * images and publishes them. It never goes back: what a voter does not have yet is asked of another one. No voter is believed
 * for more than {@link #BELIEVED_NS} without new facts: one that is cut off from the quorum looks just like an idle cluster.
 *
 * <p>Threads: everything happens on the single-threaded executor passed in, but for copying bytes out of an answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what a task throws is told by the executor
public final class MetadataTailer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataTailer.class);
    private static final int MAX_WAIT_MS = 500;
    private static final long ANSWER_TIMEOUT_MS = 2_000;
    private static final long RETRY_MS = 50;
    private static final long BELIEVED_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long COMPLAINT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long MAX_SNAPSHOT_BYTES = 1L << 30;

    /** Sends a request to a voter. */
    @FunctionalInterface
    public interface Transport {
        /** @param done told once: the answer, whose bytes are valid until it returns, or why there was none in time */
        void send(
                Voter voter,
                ApiMessage request,
                long timeoutMs,
                BiConsumer<@Nullable ApiMessage, @Nullable Throwable> done);
    }

    private final int nodeId;
    private final String clusterId;
    private final ControllerLocator locator;
    private final Transport transport;
    private final ScheduledExecutorService executor;
    private final LongSupplier nanoTime;
    private final Sink sink;

    /**
     * @param publish takes each newer image
     * @param fatal told when this program does not understand the metadata; the node must stop
     */
    public record Sink(Consumer<MetadataDelta> publish, Consumer<Throwable> fatal) {}

    private MetadataImage image = MetadataImage.EMPTY;
    private int cursor;
    private long believedSinceNanos;
    private long lastComplaintNanos;
    private boolean closed;

    public MetadataTailer(
            int nodeId,
            String clusterId,
            ControllerLocator locator,
            Transport transport,
            ScheduledExecutorService executor,
            LongSupplier nanoTime,
            Sink sink) {
        this.nodeId = nodeId;
        this.clusterId = clusterId;
        this.locator = locator;
        this.transport = transport;
        this.executor = executor;
        this.nanoTime = nanoTime;
        this.sink = sink;
    }

    public void start() {
        long now = nanoTime.getAsLong();
        believedSinceNanos = now;
        lastComplaintNanos = now;
        run(this::fetch);
    }

    @Override
    public void close() {
        run(() -> closed = true);
    }

    private void run(Runnable work) {
        try {
            executor.execute(() -> {
                if (!closed) {
                    work.run();
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("The tailer has stopped");
        }
    }

    private Voter voter() {
        List<Voter> voters = locator.voters();
        return voters.get(Math.floorMod(cursor, voters.size()));
    }

    private void fetch() {
        Voter voter = voter();
        ask(
                voter,
                MetadataRequests.fetch(clusterId, nodeId, image.endOffset(), image.term(), MAX_WAIT_MS),
                FetchAnswer::of,
                this::fetched);
    }

    /** Sends, extracts what is needed of the answer on the connection's thread, and goes on with it on the executor. */
    private <T> void ask(Voter voter, ApiMessage request, Function<ApiMessage, T> extract, Answered<T> next) {
        transport.send(voter, request, ANSWER_TIMEOUT_MS, (message, failure) -> {
            if (message == null) {
                String why = failure == null ? "no answer" : String.valueOf(failure.getMessage());
                run(() -> tryAnother(voter, why));
                return;
            }
            T answer;
            try {
                answer = extract.apply(message);
            } catch (RuntimeException e) {
                run(() -> tryAnother(voter, "its answer makes no sense: " + e));
                return;
            }
            run(() -> next.answered(voter, answer));
        });
    }

    private interface Answered<T> {
        void answered(Voter voter, T answer);
    }

    private void fetched(Voter voter, FetchAnswer answer) {
        locator.leads(answer.leaderId);
        if (answer.error != Errors.NONE) {
            tryAnother(voter, answer.error.toString());
            return;
        }
        SnapshotId snapshot = answer.snapshot;
        if (snapshot != null) {
            loadSnapshot(voter, snapshot);
            return;
        }
        if (answer.records.remaining() == 0) {
            if (nanoTime.getAsLong() - believedSinceNanos >= BELIEVED_NS) {
                moveOn();
            }
            fetch();
            return;
        }
        try {
            for (FactBatch batch : FactRecords.fromRecords(MemoryRecords.readableRecords(answer.records))) {
                apply(batch);
            }
        } catch (CorruptRecordException e) {
            tryAnother(voter, e.getMessage());
            return;
        } catch (FactFormatException e) {
            giveUp(e);
            return;
        }
        believedSinceNanos = nanoTime.getAsLong();
        lastComplaintNanos = believedSinceNanos;
        fetch();
    }

    private void apply(FactBatch batch) {
        if (batch.endOffset() <= image.endOffset()) {
            return;
        }
        if (batch.baseOffset() != image.endOffset() || batch.term() < image.term()) {
            throw new CorruptRecordException("batch at " + batch.baseOffset() + " of term " + batch.term()
                    + " does not follow " + image.endOffset() + " of term " + image.term());
        }
        MetadataDelta delta = MetadataDelta.of(image, batch);
        image = delta.to();
        sink.publish.accept(delta);
    }

    private void loadSnapshot(Voter voter, SnapshotId id) {
        if (id.endOffset() <= image.endOffset()) {
            tryAnother(voter, "it offers the older snapshot " + id);
            return;
        }
        LOG.info("Loading metadata snapshot {} from voter {}", id, voter.nodeId());
        loadPart(voter, id, new ByteArrayOutputStream());
    }

    private void loadPart(Voter voter, SnapshotId id, ByteArrayOutputStream soFar) {
        ask(
                voter,
                MetadataRequests.fetchSnapshot(clusterId, nodeId, id, soFar.size()),
                SnapshotAnswer::of,
                (from, part) -> {
                    if (part.error != Errors.NONE) {
                        tryAnother(from, "snapshot " + id + ": " + part.error);
                    } else if (part.position != soFar.size()
                            || part.totalSize > MAX_SNAPSHOT_BYTES
                            || (!part.bytes.hasRemaining() && soFar.size() < part.totalSize)) {
                        tryAnother(from, "snapshot " + id + " comes in pieces that do not fit");
                    } else {
                        byte[] piece = new byte[part.bytes.remaining()];
                        part.bytes.get(piece);
                        soFar.writeBytes(piece);
                        if (soFar.size() < part.totalSize) {
                            loadPart(from, id, soFar);
                        } else {
                            loaded(from, id, soFar.toByteArray());
                        }
                    }
                });
    }

    private void loaded(Voter voter, SnapshotId id, byte[] bytes) {
        MetadataImage loaded;
        try {
            loaded = ImageSnapshot.read(new ByteArrayInputStream(bytes));
        } catch (IOException | FactFormatException e) {
            tryAnother(voter, "snapshot " + id + ": " + e.getMessage());
            return;
        }
        if (loaded.endOffset() != id.endOffset() || loaded.endOffset() <= image.endOffset()) {
            tryAnother(voter, "snapshot " + id + " ends at " + loaded.endOffset());
            return;
        }
        MetadataDelta delta = MetadataDelta.between(image, loaded);
        image = loaded;
        sink.publish.accept(delta);
        believedSinceNanos = nanoTime.getAsLong();
        fetch();
    }

    private void moveOn() {
        cursor++;
        believedSinceNanos = nanoTime.getAsLong();
    }

    private void tryAnother(Voter voter, @Nullable String why) {
        long now = nanoTime.getAsLong();
        if (now - lastComplaintNanos >= COMPLAINT_INTERVAL_NS) {
            lastComplaintNanos = now;
            LOG.warn("Cannot follow the metadata from offset {}: voter {}: {}", image.endOffset(), voter.nodeId(), why);
        }
        moveOn();
        try {
            executor.schedule(() -> run(this::fetch), RETRY_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The tailer has stopped");
        }
    }

    private void giveUp(FactFormatException failure) {
        closed = true;
        sink.fatal.accept(failure);
    }

    /** What a fetch brought; a copy, since the answer's bytes are valid only on the connection's thread. */
    private record FetchAnswer(
            Errors error, int leaderId, @Nullable SnapshotId snapshot, ByteBuffer records) {
        static FetchAnswer of(ApiMessage message) {
            FetchResponseData response = (FetchResponseData) message;
            Errors error = Errors.forCode(response.errorCode());
            if (error != Errors.NONE
                    || response.responses().isEmpty()
                    || response.responses().get(0).partitions().isEmpty()) {
                Errors shown = error == Errors.NONE ? Errors.UNKNOWN_TOPIC_OR_PARTITION : error;
                return new FetchAnswer(shown, -1, null, ByteBuffer.allocate(0));
            }
            FetchResponseData.PartitionData data =
                    response.responses().get(0).partitions().get(0);
            SnapshotId snapshot = data.snapshotId().endOffset() < 0
                    ? null
                    : new SnapshotId(
                            data.snapshotId().endOffset(), data.snapshotId().epoch());
            return new FetchAnswer(
                    Errors.forCode(data.errorCode()), data.currentLeader().leaderId(), snapshot, copy(data.records()));
        }
    }

    /** A part of a snapshot; a copy. */
    private record SnapshotAnswer(Errors error, long totalSize, long position, ByteBuffer bytes) {
        static SnapshotAnswer of(ApiMessage message) {
            FetchSnapshotResponseData response = (FetchSnapshotResponseData) message;
            Errors error = Errors.forCode(response.errorCode());
            if (error != Errors.NONE
                    || response.topics().isEmpty()
                    || response.topics().get(0).partitions().isEmpty()) {
                return new SnapshotAnswer(
                        error == Errors.NONE ? Errors.UNKNOWN_TOPIC_OR_PARTITION : error, 0, 0, ByteBuffer.allocate(0));
            }
            FetchSnapshotResponseData.PartitionSnapshot part =
                    response.topics().get(0).partitions().get(0);
            return new SnapshotAnswer(
                    Errors.forCode(part.errorCode()), part.size(), part.position(), copy(part.unalignedRecords()));
        }
    }

    private static ByteBuffer copy(@Nullable BaseRecords records) {
        if (!(records instanceof MemoryRecords memory)) {
            return ByteBuffer.allocate(0);
        }
        ByteBuffer buffer = memory.buffer();
        return ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
    }
}
