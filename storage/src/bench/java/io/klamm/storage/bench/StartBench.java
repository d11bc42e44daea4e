/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogStore;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The start of a node: recovery of one large log from the disk, and the opening of many logs after a clean stop. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class StartBench {
    @Setup(Level.Iteration)
    public void evict() throws Exception {
        BenchData.evict(BenchData.LARGE);
    }

    @Benchmark
    public long recovery() {
        try (LogStore store = BenchData.open(BenchData.LARGE)) {
            return BenchData.log(store, 0, BenchData.config(128 << 20, false)).logEndOffset();
        }
    }

    @Benchmark
    public long readOfTheSameBytes() throws Exception {
        ByteBuffer window = ByteBuffer.allocateDirect(256 << 10);
        long bytes = 0;
        for (Path file : BenchData.segments(BenchData.LARGE)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                for (int n = channel.read(window.clear()); n > 0; n = channel.read(window.clear())) {
                    bytes += n;
                }
            }
        }
        return bytes;
    }

    @Benchmark
    public int openManyLogs() {
        LogStore store = BenchData.open(BenchData.MANY);
        for (int i = 0; i < BenchData.MANY_LOGS; i++) {
            BenchData.log(store, i, LogConfig.DEFAULT);
        }
        int logs = store.logs().size();
        store.closeCleanly(1); // counted as well: it leaves what the next start finds
        return logs;
    }

    /** For each log: its folder listed, its topic id and its epochs read, its segment's size asked for. */
    @Benchmark
    public long openTheSameFiles() throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        long sum = 0;
        for (int i = 0; i < BenchData.MANY_LOGS; i++) {
            Path folder = BenchData.MANY.resolve("bench-" + i);
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    if (file.toString().endsWith(".log")) {
                        sum += Files.size(file);
                    } else if (!file.toString().contains("index")) {
                        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                            sum += channel.read(bytes.clear());
                        }
                    }
                }
            }
        }
        return sum;
    }
}
