/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.group;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.AppendOutcome;
import io.klamm.replication.partition.FetchOutcome;
import io.klamm.replication.partition.FetchSpec;
import io.klamm.replication.partition.PartitionReplica;
import io.klamm.replication.partition.ReplicaRegistry;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.OffsetOutOfRangeException;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shard's log on this node's replica. The replica is asked for anew each time: a move between log dirs puts another one in its place, under
 * the same leader epoch.
 */
final class ReplicaShardLog implements ShardLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaShardLog.class);
    private static final int READ_BYTES = 1 << 20;
    /** Records of one append are cut into batches of about this size, well below max.message.bytes. */
    private static final int BATCH_BYTES = 256 << 10;

    private static final short ALL = -1;
    private static final FetchOutcome NOTHING_SEEN = new FetchOutcome(Errors.NONE, -1, -1, -1, null, null, -1, -1);

    private final PartitionId id;
    private final ReplicaRegistry replicas;
    private final int leaderEpoch;
    private final LongSupplier nanoTime;
    private final long timeoutMs;

    /** @param timeoutMs how long an append is watched by the replica; the shard has its own time-out of answers */
    ReplicaShardLog(PartitionId id, ReplicaRegistry replicas, int leaderEpoch, LongSupplier nanoTime, long timeoutMs) {
        this.id = id;
        this.replicas = replicas;
        this.leaderEpoch = leaderEpoch;
        this.nanoTime = nanoTime;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public Errors append(List<GroupRecord> records, long nowMs) {
        PartitionReplica replica = replicas.replica(id);
        if (replica == null) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        ByteBuffer batches = encode(records, nowMs);
        AtomicReference<@Nullable Errors> now = new AtomicReference<>();
        long deadline = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        replica.append(batches, ALL, leaderEpoch, deadline, (AppendOutcome outcome) -> now.set(outcome.error()));
        // What comes later concerns the commit: the high watermark tells of that.
        Errors error = now.get();
        return error == null ? Errors.NONE : error;
    }

    private static ByteBuffer encode(List<GroupRecord> records, long nowMs) {
        List<MemoryRecords> batches = new ArrayList<>();
        List<SimpleRecord> batch = new ArrayList<>();
        int bytes = 0;
        int total = 0;
        for (GroupRecord record : records) {
            SimpleRecord encoded =
                    new SimpleRecord(nowMs, GroupRecordCodec.key(record), GroupRecordCodec.value(record));
            bytes += encoded.key().remaining()
                    + (encoded.value() == null ? 0 : encoded.value().remaining());
            batch.add(encoded);
            if (bytes >= BATCH_BYTES) {
                total += close(batch, batches);
                bytes = 0;
            }
        }
        total += close(batch, batches);
        ByteBuffer all = ByteBuffer.allocate(total);
        batches.forEach(each -> all.put(each.buffer().duplicate()));
        return all.flip();
    }

    private static int close(List<SimpleRecord> batch, List<MemoryRecords> batches) {
        if (batch.isEmpty()) {
            return 0;
        }
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, batch.toArray(SimpleRecord[]::new));
        batch.clear();
        batches.add(records);
        return records.sizeInBytes();
    }

    @Override
    public long endOffset() {
        PartitionReplica replica = replicas.replica(id);
        PartitionLog log = replica == null ? null : replica.log();
        return log == null ? Long.MAX_VALUE : log.logEndOffset();
    }

    /** That of the shard's own reign: what a later leader has committed says nothing of what this one appended. */
    @Override
    public long highWatermark() {
        PartitionReplica replica = replicas.replica(id);
        if (replica == null) {
            return -1;
        }
        long highWatermark = replica.highWatermark();
        return replica.isLeader() && replica.leaderEpoch() == leaderEpoch ? highWatermark : -1;
    }

    @Override
    public Runnable awaitCommitted(long endOffset, Runnable wake) {
        PartitionReplica replica = replicas.replica(id);
        if (replica == null) {
            wake.run();
            return () -> {};
        }
        return replica.await(
                new FetchSpec(-1, -1, leaderEpoch, endOffset - 1, -1, -1, 1, false, false), NOTHING_SEEN, wake::run);
    }

    @Override
    public void readAll(Consumer<GroupRecord> each) throws IOException {
        PartitionReplica replica = replicas.replica(id);
        PartitionLog log = replica == null ? null : replica.log();
        if (replica == null) {
            // A node that starts knows where it led before it has opened its logs.
            throw new NotLeaderOrFollowerException("this node has not opened its log yet");
        }
        if (log == null) {
            throw new IOException("the log is offline");
        }
        if (!replica.isLeader() || replica.leaderEpoch() != leaderEpoch) {
            // A follower's log may still grow by what an earlier leader has committed, or lose what it has not.
            throw new NotLeaderOrFollowerException("this node does not lead the partition in epoch " + leaderEpoch);
        }
        long end = log.logEndOffset();
        long next = log.logStartOffset();
        while (next < end) {
            try {
                RecordsRange range = log.read(next, READ_BYTES, end, true);
                try {
                    if (range.length() == 0) {
                        throw new EOFException("nothing at offset " + next + " of a log that ends at " + end);
                    }
                    next = read(range, next, each);
                } finally {
                    range.release();
                }
            } catch (OffsetOutOfRangeException e) {
                next = Math.max(next, log.logStartOffset()); // retention or DeleteRecords was faster
                if (next < log.logStartOffset() || next >= end) {
                    return;
                }
            } catch (LogDirOfflineException e) {
                throw new IOException(e);
            }
        }
    }

    /** @return where to go on */
    private long read(RecordsRange range, long from, Consumer<GroupRecord> each) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(range.length());
        FileChannel channel = range.channel();
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, range.position() + bytes.position()) < 0) {
                throw new EOFException("a range was cut while it was read");
            }
        }
        long next = from;
        for (RecordBatch batch : MemoryRecords.readableRecords(bytes.flip()).batches()) {
            next = batch.nextOffset();
            if (batch.isControlBatch()) {
                continue;
            }
            for (Record record : batch) {
                if (record.offset() >= from) {
                    decode(record, each);
                }
            }
        }
        return next;
    }

    /** One record that cannot be read does not take the groups of the whole partition away. */
    private void decode(Record record, Consumer<GroupRecord> each) {
        try {
            GroupRecord decoded = GroupRecordCodec.decode(record.key(), record.value(), record.timestamp());
            if (decoded != null) {
                each.accept(decoded);
            }
        } catch (GroupRecordException e) {
            LOG.warn(
                    "__consumer_offsets-{}: record at offset {} is left out: {}",
                    id.partition(),
                    record.offset(),
                    e.getMessage());
        }
    }
}
