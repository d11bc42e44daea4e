/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What became of the records of one partition, seen from outside: once committed, for ever there, in the order of their producers. */
final class History {
    private static final int UNKNOWN = -1;

    private final String name;
    private final boolean compacted;
    private int[] epochs = new int[64];
    private long[] values = new long[64];
    /** Behind the last offset that was seen committed. */
    private int end;

    private final TreeMap<Long, Long> acknowledged = new TreeMap<>();
    /** Acknowledged as duplicates of which nobody knows the offset any more. */
    private final TreeSet<Long> acknowledgedSomewhere = new TreeSet<>();

    private final Map<Long, Long> lastOfProducer = new HashMap<>();
    private final Map<Long, Integer> offsets = new HashMap<>();
    private long deletedBelow;

    /** @param compacted whether logs are cleaned */
    History(String name, boolean compacted) {
        this.name = name;
        this.compacted = compacted;
        Arrays.fill(epochs, UNKNOWN);
    }

    /** A replica's high watermark has passed this record. */
    void committed(int nodeId, long at, int epoch, long value) {
        int offset = Math.toIntExact(at);
        if (offset >= epochs.length) {
            int before = epochs.length;
            epochs = Arrays.copyOf(epochs, Math.max(2 * before, offset + 1));
            values = Arrays.copyOf(values, epochs.length);
            Arrays.fill(epochs, before, epochs.length, UNKNOWN);
        }
        if (epochs[offset] == UNKNOWN) {
            epochs[offset] = epoch;
            values[offset] = value;
            if (offset >= end) {
                inOrder(offset, value);
                end = offset + 1;
            }
        } else if (epochs[offset] != epoch || values[offset] != value) {
            throw Broken.promise(
                    "node %s has committed %s of epoch %s at %s of %s, where %s was committed",
                    nodeId, value, epoch, offset, name, describe(offset));
        }
    }

    /** Of an idempotent producer each record is there once, and behind those that were sent before it. */
    private void inOrder(int offset, long value) {
        long producer = Producer.number(value);
        if (producer == Producer.NONE) {
            return;
        }
        Integer before = offsets.put(value, offset);
        Long last = lastOfProducer.put(producer, value);
        if (before != null && before >= deletedBelow) {
            throw Broken.promise("%s is at %s and %s of %s", value, before, offset, name);
        }
        if (before == null && last != null && last > value) {
            throw Broken.promise("%s stands at %s of %s, behind %s of the same producer", value, offset, name, last);
        }
    }

    void acknowledged(long baseOffset, long[] batch) {
        for (int i = 0; i < batch.length; i++) {
            Long other = acknowledged.put(baseOffset + i, batch[i]);
            if (other != null && other != batch[i]) {
                throw Broken.promise(
                        "%s and %s are both acknowledged at %s of %s", other, batch[i], baseOffset + i, name);
            }
        }
    }

    /** A high watermark has passed what was acknowledged, or it was deleted since. */
    void mustBeCommitted(long baseOffset, long[] batch) {
        for (int i = 0; i < batch.length; i++) {
            long offset = baseOffset + i;
            if (offset >= deletedBelow && !(isCommitted(offset) && values[(int) offset] == batch[i])) {
                throw Broken.promise(
                        "%s is acknowledged at %s of %s, committed is %s", batch[i], offset, name, describe(offset));
            }
        }
    }

    void acknowledgedSomewhere(long[] batch) {
        for (long value : batch) {
            acknowledgedSomewhere.add(value);
        }
    }

    int acknowledgedCount() {
        return acknowledged.size() + acknowledgedSomewhere.size();
    }

    /** A consumer has read this. */
    void read(long offset, long value) {
        if (!isCommitted(offset) || values[(int) offset] != value) {
            throw Broken.promise(
                    "a consumer has read %s at %s of %s, committed is %s", value, offset, name, describe(offset));
        }
    }

    /** A consumer was given nothing of [from, to): it was cleaned away. */
    void skipped(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            if (!compacted || !isCommitted(offset) || !Workload.isSuperseded(values[(int) offset])) {
                throw Broken.promise(
                        "a consumer has not been given %s of %s; it contains %s", offset, name, describe(offset));
            }
        }
    }

    /** Somebody has asked for the deletion of what lies below the offset. */
    void deleting(long beforeOffset) {
        deletedBelow = Math.max(deletedBelow, beforeOffset);
    }

    /** No log may start above it. */
    long deletedBelow() {
        return deletedBelow;
    }

    /** Behind the last committed offset. */
    long end() {
        return end;
    }

    boolean isCommitted(long offset) {
        return offset >= 0 && offset < epochs.length && epochs[(int) offset] != UNKNOWN;
    }

    boolean is(long offset, int epoch, long value) {
        return isCommitted(offset) && epochs[(int) offset] == epoch && values[(int) offset] == value;
    }

    String describe(long offset) {
        return isCommitted(offset) ? values[(int) offset] + " of epoch " + epochs[(int) offset] : "nothing";
    }

    /**
     * All that was acknowledged is there.
     *
     * @param present value of every offset from {@code from} on
     * @param from where the logs start
     */
    void complete(Map<Long, Long> present, long from) {
        acknowledged.tailMap(from).forEach((offset, value) -> {
            boolean cleaned = compacted && Workload.isSuperseded(value);
            if (!cleaned && !value.equals(present.get(offset))) {
                throw Broken.promise(
                        "acknowledged %s at %s of %s; there is %s", value, offset, name, present.get(offset));
            }
        });
        acknowledgedSomewhere.removeAll(present.values());
        acknowledgedSomewhere.removeIf(value -> offsets.getOrDefault(value, Integer.MAX_VALUE) < from);
        if (!acknowledgedSomewhere.isEmpty()) {
            throw Broken.promise("acknowledged and nowhere in %s: %s", name, acknowledgedSomewhere);
        }
    }
}
