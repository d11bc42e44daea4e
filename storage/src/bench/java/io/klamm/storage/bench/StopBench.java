/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The clean stop of a node with many logs, into each of which a batch was written since the last one. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@NullUnmarked // set up before it is used
public class StopBench {
    /** As many as flush threads for each log dir. */
    private static final int THREADS = 4;

    private static final int BATCH_BYTES = 2048;

    /** Logs with a batch that is not on disk. */
    @State(Scope.Thread)
    public static class Logs {
        LogStore store;

        @Setup(Level.Iteration)
        public void open() throws Exception {
            store = BenchData.open(BenchData.MANY);
            ByteBuffer batch = BenchData.batch(BATCH_BYTES);
            for (int i = 0; i < BenchData.MANY_LOGS; i++) {
                BenchData.log(store, i, LogConfig.DEFAULT).append(BenchData.fresh(batch), 0);
            }
        }
    }

    /** As many files with so many bytes that are not on disk. */
    @State(Scope.Thread)
    public static class Written {
        final List<Path> files = new ArrayList<>();

        @Setup(Level.Iteration)
        public void write() throws IOException {
            BenchData.delete(BenchData.FORCED);
            files.clear();
            for (int i = 0; i < BenchData.MANY_LOGS; i++) {
                Path folder = Files.createDirectories(BenchData.FORCED.resolve("bench-" + i));
                files.add(Files.write(folder.resolve("file"), new byte[BATCH_BYTES]));
            }
        }
    }

    @Benchmark
    public void cleanStop(Logs logs) {
        logs.store.closeCleanly(1);
    }

    @Benchmark
    public void forceOfSoManyFiles(Written written) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> forces = new ArrayList<>();
            for (Path file : written.files) {
                forces.add(() -> {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.force(false);
                    }
                    return null;
                });
            }
            for (Future<Void> each : pool.invokeAll(forces)) {
                each.get();
            }
        } finally {
            pool.shutdown();
        }
    }
}
