/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.PartitionLog;
import io.klamm.storage.log.RecordsRange;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** 1 MiB read through the log, and by pread alone, one after the other through a file: from the page cache, or from the disk. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ReadBench {
    static final int READS = 100;
    private static final int MIB = 1 << 20;

    @Param({"warm", "cold"})
    public String cache;

    private final Path dir = BenchData.ROOT.resolve("read");
    private final ByteBuffer into = ByteBuffer.allocateDirect(MIB);
    private LogStore store;
    private PartitionLog log;
    private FileChannel file;

    @Setup(Level.Trial)
    public void open() throws Exception {
        BenchData.delete(dir);
        store = BenchData.open(dir);
        log = BenchData.log(store, 0, BenchData.config(1 << 30, false));
        ByteBuffer batch = BenchData.batch(16 << 10);
        while (log.sizeInBytes() < (long) READS * MIB) {
            log.append(BenchData.fresh(batch), 0);
        }
        log.flush();
        file = FileChannel.open(BenchData.segments(dir).get(0), StandardOpenOption.READ);
    }

    @Setup(Level.Iteration)
    public void evict() throws Exception {
        if (cache.equals("cold")) {
            BenchData.evict(dir);
        }
    }

    @TearDown(Level.Trial)
    public void close() throws Exception {
        file.close();
        store.close();
        BenchData.delete(dir);
    }

    @Benchmark
    public long read() throws Exception {
        long bytes = 0;
        long offset = 0;
        long perRead = MIB / (log.sizeInBytes() / log.logEndOffset());
        for (int i = 0; i < READS && offset < log.logEndOffset(); i++) {
            RecordsRange range = log.read(offset, MIB, Long.MAX_VALUE, true);
            into.clear().limit(range.length());
            bytes += range.channel().read(into, range.position());
            range.release();
            offset += perRead;
        }
        return bytes;
    }

    @Benchmark
    public long pread() throws Exception {
        long bytes = 0;
        for (int i = 0; i < READS; i++) {
            into.clear();
            bytes += Math.max(0, file.read(into, (long) i * MIB));
        }
        return bytes;
    }
}
