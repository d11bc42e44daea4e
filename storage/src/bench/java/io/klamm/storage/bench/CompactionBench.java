/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.clean.CleanerConfig;
import io.klamm.storage.clean.LogCleaner;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
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

/** A log in which every key was written twice, compacted to its end. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CompactionBench {
    private final Path dir = BenchData.ROOT.resolve("compaction");
    private LogStore store;
    private LogCleaner cleaner;

    @Setup(Level.Iteration)
    public void open() throws Exception {
        BenchData.delete(dir);
        BenchData.copy(BenchData.KEYS, dir);
        store = BenchData.open(dir);
        PartitionLog log = BenchData.log(store, 0, BenchData.config(8 << 20, true));
        log.updateHighWatermark(log.logEndOffset());
        cleaner = new LogCleaner(
                CleanerConfig.DEFAULT, store::compactedLogs, Clock.systemUTC(), System::nanoTime);
    }

    @TearDown(Level.Iteration)
    public void close() throws Exception {
        store.close();
        BenchData.delete(dir);
    }

    @Benchmark
    public int compaction() {
        int passes = 0;
        while (cleaner.cleanOne()) {
            passes++;
        }
        if (passes == 0) {
            throw new IllegalStateException("nothing was cleaned");
        }
        return passes;
    }

    /** All read twice, as keys are gathered first, half of it written, and forced. */
    @Benchmark
    public long copyOfTheSameBytes() throws Exception {
        ByteBuffer window = ByteBuffer.allocateDirect(256 << 10);
        long bytes = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (Path file : BenchData.segments(dir)) {
                try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                        FileChannel out = FileChannel.open(
                                dir.resolve("copy"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    boolean write = false;
                    for (int n = in.read(window.clear()); n > 0; n = in.read(window.clear())) {
                        write = !write;
                        if (pass == 1 && write) {
                            bytes += out.write(window.flip(), bytes);
                        }
                    }
                    if (pass == 1) {
                        out.force(false);
                    }
                }
            }
        }
        return bytes;
    }
}
