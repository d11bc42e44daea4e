/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.producer.EndMarker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a log must look like from outside, kept in the simplest way: a list of batches. */
final class LogModel {
    final List<Batch> batches = new ArrayList<>();
    final TreeMap<Integer, Long> epochs = new TreeMap<>();
    /** Epochs that a leader has started: on disk before any record. */
    final Set<Integer> started = new HashSet<>();
    /**
     * Started ones, by their offset, in whose place a batch has brought a newer one: epochs of batches are written late, so that a crash which
     * takes the batch may leave the older one.
     */
    private final Map<Integer, Long> superseded = new HashMap<>();
    /** Those that have begun, also if their beginning has been cut since. */
    private final Set<Integer> begun = new HashSet<>();

    long start;
    long end;
    private int uncertainEpoch = -1;

    /** @param bytes the batch as it must lie in the log */
    @SuppressWarnings("ArrayRecordComponent") // compared by content where it matters
    record Batch(
            long base,
            List<Long> timestamps,
            int leaderEpoch,
            long producerId,
            int producerEpoch,
            int sequence,
            boolean transactional,
            boolean marker,
            byte[] bytes) {
        long next() {
            return base + timestamps.size();
        }
    }

    void add(Batch batch) {
        if (epochs.isEmpty() || batch.leaderEpoch() > epochs.lastKey()) {
            assign(batch.leaderEpoch(), batch.base());
        }
        batches.add(batch);
        end = batch.next();
    }

    /**
     * Whether a leader may write in the epoch. An epoch has one leader and one beginning: who has lost that never makes another one, for by then
     * there is a newer epoch.
     */
    boolean admits(int epoch) {
        return epochs.containsKey(epoch) || !begun.contains(epoch);
    }

    void assign(int epoch, long offset) {
        begun.add(epoch);
        epochs.forEach((before, start) -> {
            if (start >= offset && started.contains(before)) {
                superseded.put(before, start);
            }
        });
        epochs.values().removeIf(start -> start >= offset);
        epochs.put(epoch, offset);
    }

    void startEpoch(int epoch) {
        if (epochs.isEmpty() || epoch > epochs.lastKey()) {
            assign(epoch, end);
            started.add(epoch);
        }
    }

    void truncate(long to) {
        while (!batches.isEmpty() && batches.get(batches.size() - 1).next() > to) {
            end = Math.min(end, batches.remove(batches.size() - 1).base());
        }
        end = Math.min(end, to);
        if (end < start) {
            reset(start);
        }
        long newEnd = end;
        epochs.values().removeIf(start -> start >= newEnd);
        started.retainAll(epochs.keySet());
        superseded.clear();
    }

    void reset(long offset) {
        batches.clear();
        epochs.clear();
        superseded.clear();
        started.clear();
        start = offset;
        end = offset;
    }

    /** What an unclean stop may take: batches from the index on. Epochs started at the end stay. */
    void lose(int firstLost) {
        if (firstLost < batches.size()) {
            end = batches.get(firstLost).base();
            batches.subList(firstLost, batches.size()).clear();
            long newEnd = end;
            epochs.values().removeIf(start -> start > newEnd);
            started.retainAll(epochs.keySet());
            uncertainEpoch =
                    epochs.isEmpty() || epochs.lastEntry().getValue() < newEnd || started.contains(epochs.lastKey())
                            ? -1
                            : epochs.lastKey();
            if (end < start) {
                reset(start);
                uncertainEpoch = -1;
            }
        }
    }

    /** An epoch that a lost batch had brought may or may not have been written with others. */
    void settleEpoch(int lastEpochInLog) {
        if (uncertainEpoch >= 0 && lastEpochInLog != uncertainEpoch) {
            epochs.remove(uncertainEpoch);
        }
        uncertainEpoch = -1;
        Long startedAt = superseded.get(lastEpochInLog);
        if (startedAt != null && startedAt == end && (epochs.isEmpty() || epochs.lastKey() < lastEpochInLog)) {
            epochs.put(lastEpochInLog, startedAt);
        }
        if (epochs.isEmpty() && start == end && lastEpochInLog >= 0) {
            // Cut back to its start, then recovered: batches below the start may still be there and tell their epoch.
            epochs.put(lastEpochInLog, start);
        }
    }

    void startAt(long offset) {
        start = offset;
        Map.Entry<Integer, Long> within = null;
        for (Map.Entry<Integer, Long> entry : epochs.entrySet()) {
            if (entry.getValue() <= offset) {
                within = entry;
            }
        }
        if (within != null) {
            int epoch = within.getKey();
            epochs.headMap(epoch).clear();
            epochs.put(epoch, offset);
        }
    }

    EpochEnd epochEnd(int epoch) {
        Map.Entry<Integer, Long> floor = epochs.floorEntry(epoch);
        if (floor == null) {
            return EpochEnd.NONE;
        }
        Map.Entry<Integer, Long> higher = epochs.higherEntry(epoch);
        return new EpochEnd(floor.getKey(), higher == null ? end : higher.getValue());
    }

    @Nullable
    TimestampOffset firstAtOrAfter(long timestamp, long below) {
        for (Batch batch : batches) {
            for (int i = 0; i < batch.timestamps().size(); i++) {
                long offset = batch.base() + i;
                if (offset >= start && offset < below && batch.timestamps().get(i) >= timestamp) {
                    return new TimestampOffset(batch.timestamps().get(i), offset, batch.leaderEpoch());
                }
            }
        }
        return null;
    }

    @Nullable
    TimestampOffset latest(long below) {
        TimestampOffset max = null;
        for (Batch batch : batches) {
            for (int i = 0; i < batch.timestamps().size(); i++) {
                long offset = batch.base() + i;
                if (offset >= start
                        && offset < below
                        && (max == null || batch.timestamps().get(i) > max.timestampMs())) {
                    max = new TimestampOffset(batch.timestamps().get(i), offset, batch.leaderEpoch());
                }
            }
        }
        return max;
    }

    /** The last batches of the producer in its current epoch, newest last. */
    List<Batch> remembered(long producerId) {
        List<Batch> known = new ArrayList<>();
        int epoch = -1;
        for (Batch batch : batches) {
            if (batch.producerId() == producerId) {
                if (batch.producerEpoch() != epoch) {
                    known.clear();
                    epoch = batch.producerEpoch();
                }
                if (!batch.marker()) {
                    known.add(batch);
                }
            }
        }
        return known.subList(Math.max(0, known.size() - 5), known.size());
    }

    int producerEpoch(long producerId) {
        int epoch = -1;
        for (Batch batch : batches) {
            epoch = batch.producerId() == producerId ? batch.producerEpoch() : epoch;
        }
        return epoch;
    }

    /** Start of the earliest transaction without a marker. */
    long firstUnstable() {
        TreeMap<Long, Long> open = new TreeMap<>();
        for (Batch batch : batches) {
            if (batch.marker()) {
                open.remove(batch.producerId());
            } else if (batch.transactional()) {
                open.putIfAbsent(batch.producerId(), batch.base());
            }
        }
        return open.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    }

    /** A transaction that an ABORT marker at {@code last} has ended. */
    record Aborted(long producerId, long first, long last) {}

    List<Aborted> aborted(long from, long to) {
        List<Aborted> found = new ArrayList<>();
        TreeMap<Long, Long> open = new TreeMap<>();
        for (Batch batch : batches) {
            if (batch.marker()) {
                Long first = open.remove(batch.producerId());
                EndMarker marker = EndMarker.read(ByteBuffer.wrap(batch.bytes()), 0);
                if (first != null && marker != null && !marker.commit() && first < to && batch.base() >= from) {
                    found.add(new Aborted(batch.producerId(), first, batch.base()));
                }
            } else if (batch.transactional()) {
                open.putIfAbsent(batch.producerId(), batch.base());
            }
        }
        return found;
    }

    /** Bytes of the batches that a read returns. */
    byte[] read(long offset, int maxBytes, long below, boolean atLeastOne, long segmentEnd) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (Batch batch : batches) {
            if (batch.next() > offset && batch.next() <= below && batch.next() <= segmentEnd) {
                boolean fits = out.size() + batch.bytes().length <= maxBytes;
                if (!fits && !(atLeastOne && out.size() == 0)) {
                    break;
                }
                out.writeBytes(batch.bytes());
            }
        }
        return out.toByteArray();
    }
}
