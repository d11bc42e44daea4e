/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Appends of 1 KiB that are each complete only when they are on disk (flush.messages=1), {@link #IN_FLIGHT} of them waiting at any time,
 * over one or many partitions in turn. Beside it the same writes and the least number of forces: {@link #IN_FLIGHT} writes, then each
 * file touched is forced once, as many at a time as the store forces.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlushBench {
    private static final int IN_FLIGHT = 64;
    static final int APPENDS = 64 * 64;
    private static final int BYTES = 1100;
    private static final int FORCES_AT_A_TIME = 4;

    @Param({"1", "6", "60", "600"})
    public int partitions;

    private final Path dir = BenchData.ROOT.resolve("flush");
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private LogStore store;
    private final List<PartitionLog> logs = new ArrayList<>();
    private final List<FileChannel> files = new ArrayList<>();
    private long position;
    private ExecutorService pool;

    @Setup(Level.Iteration)
    public void open() throws Exception {
        BenchData.delete(dir);
        batch = BenchData.batch(BYTES);
        store = BenchData.open(dir);
        LogConfig config = BenchData.config(1 << 30, false);
        for (int i = 0; i < partitions; i++) {
            PartitionLog log = BenchData.log(store, i, config);
            log.append(BenchData.fresh(batch), 0);
            log.flush();
            logs.add(log);
            files.add(FileChannel.open(
                    dir.resolve("bound-" + i), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        }
        position = 0;
        pool = Executors.newFixedThreadPool(FORCES_AT_A_TIME);
    }

    @TearDown(Level.Iteration)
    public void close() throws Exception {
        pool.shutdownNow();
        for (FileChannel file : files) {
            file.close();
        }
        files.clear();
        logs.clear();
        store.close();
        BenchData.delete(dir);
    }

    @Benchmark
    @OperationsPerInvocation(APPENDS)
    public void durableAppends() throws Exception {
        Semaphore free = new Semaphore(IN_FLIGHT);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 0; i < APPENDS; i++) {
            free.acquire();
            PartitionLog log = logs.get(i % partitions);
            AppendResult appended = log.append(BenchData.fresh(batch), 0);
            CompletableFuture<Void> durable = log.durableUpTo(appended.endOffset());
            durable.whenComplete((done, error) -> {
                if (error != null) {
                    failure.set(error);
                }
                free.release();
            });
        }
        free.acquire(IN_FLIGHT);
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
    }

    @Benchmark
    @OperationsPerInvocation(APPENDS)
    public void writesAndForces() throws Exception {
        int bytes = batch.limit();
        for (int done = 0; done < APPENDS; done += IN_FLIGHT) {
            for (int i = 0; i < IN_FLIGHT; i++) {
                files.get((done + i) % partitions).write(batch.duplicate(), position + (long) (i / partitions) * bytes);
            }
            position += (long) IN_FLIGHT * bytes;
            List<Callable<Void>> forces = new ArrayList<>();
            for (int i = 0; i < Math.min(partitions, IN_FLIGHT); i++) {
                FileChannel file = files.get((done + i) % partitions);
                forces.add(() -> {
                    file.force(false);
                    return null;
                });
            }
            for (Future<Void> force : pool.invokeAll(forces)) {
                force.get();
            }
        }
    }
}
