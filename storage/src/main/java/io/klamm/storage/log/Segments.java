/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The segments of a log, sorted by base offset; immutable, never empty. The last one is the active one. */
final class Segments {
    private final Segment[] sorted;

    private Segments(Segment[] sorted) {
        if (sorted.length == 0) {
            throw new IllegalArgumentException("a log has at least one segment");
        }
        this.sorted = sorted;
    }

    static Segments of(List<Segment> sorted) {
        return new Segments(sorted.toArray(Segment[]::new));
    }

    Segment first() {
        return sorted[0];
    }

    Segment active() {
        return sorted[sorted.length - 1];
    }

    List<Segment> all() {
        return List.of(sorted);
    }

    int count() {
        return sorted.length;
    }

    /** The segment whose range holds the offset; the first one when it is below all. */
    Segment floor(long offset) {
        return sorted[floorIndex(offset)];
    }

    private int floorIndex(long offset) {
        int low = 0;
        int high = sorted.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (sorted[middle].baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The segment that holds the offset and all behind it. */
    List<Segment> from(long offset) {
        return List.of(sorted).subList(floorIndex(offset), sorted.length);
    }

    @Nullable
    Segment after(Segment segment) {
        int i = floorIndex(segment.baseOffset());
        return i + 1 < sorted.length ? sorted[i + 1] : null;
    }

    Segments with(Segment last) {
        Segment[] more = Arrays.copyOf(sorted, sorted.length + 1);
        more[sorted.length] = last;
        return new Segments(more);
    }

    /** Index of the first of these segments if they are here one behind the other, otherwise -1. */
    int indexOfRun(List<Segment> run) {
        int from = floorIndex(run.get(0).baseOffset());
        if (from + run.size() > sorted.length) {
            return -1;
        }
        for (int i = 0; i < run.size(); i++) {
            if (sorted[from + i] != run.get(i)) {
                return -1;
            }
        }
        return from;
    }

    /** With one segment in the place of {@code n}. */
    Segments replacing(int from, int n, Segment by) {
        Segment[] next = new Segment[sorted.length - n + 1];
        System.arraycopy(sorted, 0, next, 0, from);
        next[from] = by;
        System.arraycopy(sorted, from + n, next, from + 1, sorted.length - from - n);
        return new Segments(next);
    }

    /** Without the first {@code n}. */
    Segments withoutFirst(int n) {
        return new Segments(Arrays.copyOfRange(sorted, n, sorted.length));
    }

    /** Only the first {@code n}. */
    Segments firstOnly(int n) {
        return new Segments(Arrays.copyOf(sorted, n));
    }

    long sizeInBytes() {
        long sum = 0;
        for (Segment segment : sorted) {
            sum += segment.size();
        }
        return sum;
    }
}
