/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.index.OffsetIndex;
import io.klamm.storage.io.LogFiles;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Looks up offsets in the index of a sealed segment of 1 GiB, an entry for each 4 KiB: as the log does, by one pread a step, and in mapped
 * memory. And the same once, in an index that is opened for it: as when a consumer comes to a segment that nobody has read since the start.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexBench {
    private static final int ENTRIES = 262_144;
    private static final int SEGMENT_BYTES = 1 << 30;
    private static final int HEADER_BYTES = 16;
    private static final int PAGE = 4096;

    private final Path dir = BenchData.ROOT.resolve("index");
    private final Path path = dir.resolve("00000000000000000000.index");
    private final SplittableRandom random = new SplittableRandom(3);
    private final ByteBuffer one = ByteBuffer.allocateDirect(OffsetIndex.ENTRY_BYTES);
    private final ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    private OffsetIndex index;
    private FileChannel file;
    private LongBuffer mapped;
    private int lastOffset;

    @Setup(Level.Trial)
    public void fill() throws Exception {
        BenchData.delete(dir);
        Files.createDirectories(dir);
        index = new OffsetIndex(LogFiles.SYSTEM, path, 0);
        index.reset();
        SplittableRandom sizes = new SplittableRandom(4);
        for (int i = 0; i < ENTRIES; i++) {
            index.add(lastOffset, i * PAGE);
            lastOffset += 1 + sizes.nextInt(8); // records of several sizes
        }
        index.seal();
        file = FileChannel.open(path, StandardOpenOption.READ);
        mapped = map(file);
    }

    private static LongBuffer map(FileChannel channel) throws Exception {
        return channel.map(FileChannel.MapMode.READ_ONLY, HEADER_BYTES, (long) ENTRIES * OffsetIndex.ENTRY_BYTES)
                .asLongBuffer();
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        file.close();
        index.close();
        BenchData.delete(dir);
    }

    @Benchmark
    public long lookUp() throws Exception {
        return index.floorByOffset(random.nextInt(lastOffset));
    }

    @Benchmark
    public long mappedLookUp() {
        return search(random.nextInt(lastOffset), mapped);
    }

    @Benchmark
    public long lookUpStepByStep() throws Exception {
        int offset = random.nextInt(lastOffset);
        int low = 0;
        int high = ENTRIES;
        long found = -1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            one.clear();
            file.read(one, HEADER_BYTES + (long) middle * OffsetIndex.ENTRY_BYTES);
            long entry = one.getLong(0);
            if (OffsetIndex.relativeOffset(entry) <= offset) {
                found = entry;
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return found;
    }

    @Benchmark
    public int preadOfAPage() throws Exception {
        page.clear();
        return file.read(page, HEADER_BYTES + (long) random.nextInt(ENTRIES - 512) * OffsetIndex.ENTRY_BYTES);
    }

    @Benchmark
    public long openAndLookUp() throws Exception {
        OffsetIndex fresh = new OffsetIndex(LogFiles.SYSTEM, path, 0);
        fresh.load(false, SEGMENT_BYTES);
        long found = fresh.floorByOffset(random.nextInt(lastOffset));
        fresh.close();
        return found;
    }

    /** The JDK frees a mapping when its buffer is collected. */
    @Benchmark
    public long mapAndLookUp() throws Exception {
        try (FileChannel fresh = FileChannel.open(path, StandardOpenOption.READ)) {
            return search(random.nextInt(lastOffset), map(fresh));
        }
    }

    private static long search(int offset, LongBuffer entries) {
        int low = 0;
        int high = ENTRIES;
        long found = -1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            long entry = entries.get(middle);
            if (OffsetIndex.relativeOffset(entry) <= offset) {
                found = entry;
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return found;
    }
}
