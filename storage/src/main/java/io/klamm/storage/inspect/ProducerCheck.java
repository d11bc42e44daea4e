/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.index.AbortedTransaction;
import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.EndMarker;
import io.klamm.storage.producer.ProducerSnapshot;
import io.klamm.storage.producer.ProducerStates;
import io.klamm.storage.producer.ProducerView;
import io.klamm.storage.producer.SequencedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Replays the producers of a log batch by batch and compares them with each snapshot when its offset is reached. */
final class ProducerCheck {
    private final LogFiles files;
    private final Finding.Sink findings;
    private final ProducerStates states = new ProducerStates(Integer.MAX_VALUE, Long.MAX_VALUE);
    private final TreeMap<Long, Path> snapshots;
    private final long firstOffset;

    /**
     * @param snapshots by offset; those below {@code firstOffset} are of no use to anybody and only decoded
     * @param firstOffset where the log begins
     */
    ProducerCheck(LogFiles files, Finding.Sink findings, Map<Long, Path> snapshots, long firstOffset) {
        this.files = files;
        this.findings = findings;
        this.snapshots = new TreeMap<>(snapshots);
        this.firstOffset = firstOffset;
    }

    /** @return the transaction that this batch aborts, null when it aborts none */
    @Nullable
    AbortedTransaction batch(RecordBatch batch, @Nullable ByteBuffer whole) throws IOException {
        compareUpTo(batch.baseOffset());
        if (!batch.isControl()) {
            states.appended(batch, 0);
        } else if (EndMarker.possible(batch) && whole != null) {
            EndMarker marker = EndMarker.read(whole, 0);
            if (marker != null) {
                return states.ended(batch, marker, 0);
            }
        }
        return null;
    }

    /** @param end of the log, exclusive */
    void end(long end) throws IOException {
        compareUpTo(end);
        snapshots.forEach((offset, file) -> findings.repairable(
                file, offset, Finding.NONE, "lies above the end " + end + " of the log: deleted at the next start"));
    }

    private void compareUpTo(long offset) throws IOException {
        Iterator<Map.Entry<Long, Path>> due =
                snapshots.headMap(offset, true).entrySet().iterator();
        while (due.hasNext()) {
            Map.Entry<Long, Path> snapshot = due.next();
            due.remove();
            compare(snapshot.getKey(), snapshot.getValue());
        }
    }

    private void compare(long offset, Path file) throws IOException {
        ProducerSnapshot.Content content = SnapshotFile.read(files, file);
        if (content.problem() != null) {
            findings.repairable(
                    file, offset, Finding.NONE, content.problem() + ": the node goes on from the snapshot before it");
            return;
        }
        if (offset < firstOffset) {
            return;
        }
        Map<Long, ProducerView> replayed =
                states.views().stream().collect(Collectors.toMap(ProducerView::producerId, Function.identity()));
        for (ProducerView producer : content.producers()) {
            ProducerView known = replayed.remove(producer.producerId());
            String difference = difference(producer, known);
            if (difference != null) {
                findings.damage(
                        file,
                        producer.lastOffset(),
                        Finding.NONE,
                        "producer " + producer.producerId() + ": " + difference);
            }
        }
        if (!content.forgotten()) {
            replayed.values()
                    .forEach(missing -> findings.damage(
                            file,
                            missing.lastOffset(),
                            Finding.NONE,
                            "producer " + missing.producerId() + " is missing, though none has been forgotten"));
        }
    }

    private @Nullable String difference(ProducerView snapshot, @Nullable ProducerView log) {
        if (log == null) {
            return snapshot.lastOffset() < firstOffset
                    ? null
                    : "last offset " + snapshot.lastOffset() + ", where the log has nothing of it";
        }
        if (snapshot.epoch() != log.epoch()) {
            return "epoch " + snapshot.epoch() + ", in the log " + log.epoch();
        }
        if (snapshot.lastOffset() != log.lastOffset()) {
            return "last offset " + snapshot.lastOffset() + ", in the log " + log.lastOffset();
        }
        if (snapshot.transactionStart() != log.transactionStart() && snapshot.transactionStart() >= firstOffset) {
            return "open transaction from " + snapshot.transactionStart() + ", in the log "
                    + (log.transactionStart() < 0 ? "none is open" : "from " + log.transactionStart());
        }
        SequencedBatch last = last(snapshot);
        SequencedBatch lastInLog = last(log);
        return last == null || lastInLog == null || last.equals(lastInLog)
                ? null
                : "last batch " + text(last) + ", in the log " + text(lastInLog);
    }

    private static @Nullable SequencedBatch last(ProducerView producer) {
        return producer.batches().isEmpty()
                ? null
                : producer.batches().get(producer.batches().size() - 1);
    }

    private static String text(SequencedBatch batch) {
        return "offsets " + batch.firstOffset() + "-" + batch.lastOffset() + " sequences " + batch.firstSequence() + "-"
                + batch.lastSequence() + " timestamp " + batch.timestampMs();
    }
}
