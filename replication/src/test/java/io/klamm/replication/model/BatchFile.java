/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.storage.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The file of an {@link InMemoryLog}: batches, one behind the other, of which a reader may see later what stands there then. */
final class BatchFile {
    private final List<Batch> batches = new ArrayList<>();
    private final RecordBatch view = new RecordBatch();
    /** Which file it is: an emptied log begins another one, and whoever reads the old one has it open. */
    private int generation;
    /** Below this position a cleaning has put other files in the place of those that readers may have open. */
    private long exchangedBelow;

    /** @param position of its first byte in the file */
    record Batch(long base, long last, int epoch, long maxTimestamp, ByteBuffer bytes, long position) {
        private long behind() {
            return position + bytes.remaining();
        }
    }

    List<Batch> all() {
        return Collections.unmodifiableList(batches);
    }

    int count() {
        return batches.size();
    }

    Batch get(int index) {
        return batches.get(index);
    }

    /** Position behind the last batch. */
    long end() {
        return batches.isEmpty() ? 0 : batches.get(batches.size() - 1).behind();
    }

    long sizeInBytes() {
        return batches.stream().mapToLong(batch -> batch.bytes.remaining()).sum();
    }

    void add(Batch batch) {
        batches.add(batch);
    }

    /** Batches from {@code index} on go. */
    void cut(int index) {
        batches.subList(index, batches.size()).clear();
    }

    void clear() {
        generation++;
        exchangedBelow = 0;
        batches.clear();
    }

    /** Of the first batch that reaches the offset; how many there are when none does. */
    int indexOf(long offset) {
        int low = 0;
        int high = batches.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (batches.get(middle).last < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Index behind the last batch that a read from {@code first} on takes. */
    int behind(int first, int maxBytes, long endOffset, boolean atLeastOne) {
        int behind = first;
        int size = 0;
        while (behind < batches.size() && batches.get(behind).last < endOffset) {
            int more = batches.get(behind).bytes.remaining();
            if (size + more > maxBytes && !(atLeastOne && behind == first)) {
                break;
            }
            size += more;
            behind++;
        }
        return behind;
    }

    /** Of the batches in [first, behind). */
    ByteBuffer bytes(int first, int behind) {
        List<Batch> some = batches.subList(first, behind);
        ByteBuffer bytes = ByteBuffer.allocate(
                some.stream().mapToInt(batch -> batch.bytes.remaining()).sum());
        some.forEach(batch -> bytes.put(batch.bytes.duplicate()));
        return bytes.flip();
    }

    /** What stands in the place of what was read, whenever it is asked for; null when there is less. */
    Supplier<@Nullable ByteBuffer> later(int first, ByteBuffer read) {
        long position = batches.get(first).position;
        int now = generation;
        return () -> generation == now && position >= exchangedBelow ? bytesAt(position, read.remaining()) : read;
    }

    /** What stands at this place of the file now, null when it has become shorter or does not begin with a batch any more. */
    private @Nullable ByteBuffer bytesAt(long position, int length) {
        int at = 0;
        while (at < batches.size() && batches.get(at).position < position) {
            at++;
        }
        if (end() < position + length || at == batches.size() || batches.get(at).position != position) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (at == batches.size()) {
                return null; // less is there than the offsets say: something behind was cleaned away
            }
            ByteBuffer batch = batches.get(at++).bytes.duplicate();
            bytes.put(batch.limit(batch.position() + Math.min(batch.remaining(), bytes.remaining())));
        }
        return bytes.flip();
    }

    /**
     * @param start log start; what lies below stays
     * @param below what is committed and on the disk
     * @see InMemoryLog#clean
     */
    boolean clean(long start, long below, LongPredicate removable) {
        int last = indexOf(below) - 1;
        long kept = last < 0 ? 0 : batches.get(last).position;
        boolean removed = false;
        for (int i = last - 1; i >= 0; i--) {
            Batch batch = batches.get(i);
            boolean sequenced = view.wrap(batch.bytes, 0).hasProducerId();
            boolean startsEpoch = i == 0 || batches.get(i - 1).epoch < batch.epoch;
            if (!sequenced
                    && !startsEpoch
                    && batch.base >= start
                    && Batches.values(batch.bytes).stream().allMatch(removable::test)) {
                batches.remove(i);
                removed = true;
            }
        }
        if (removed) {
            exchangedBelow = Math.max(exchangedBelow, kept);
        }
        return removed;
    }
}
