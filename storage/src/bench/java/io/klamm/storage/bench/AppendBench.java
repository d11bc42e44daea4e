/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import io.klamm.storage.log.AppendResult;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
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

/** One batch appended; beside it what cannot be avoided: copy, check sum, write, force. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AppendBench {
    @Param({"16384", "1048576"})
    public int bytes;

    private final Path dir = BenchData.ROOT.resolve("append");
    private ByteBuffer batch = ByteBuffer.allocate(0);
    private ByteBuffer target = ByteBuffer.allocate(0);
    private LogStore store;
    private PartitionLog log;
    private FileChannel file;
    private long position;
    private int number;

    @Setup(Level.Iteration)
    public void open() throws Exception {
        BenchData.delete(dir);
        batch = BenchData.batch(bytes);
        target = ByteBuffer.allocateDirect(batch.remaining());
        store = BenchData.open(dir);
        log = BenchData.log(store, number++, BenchData.config(1 << 30, false));
        file = FileChannel.open(dir.resolve("bound"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        position = 0;
    }

    @TearDown(Level.Iteration)
    public void close() throws Exception {
        file.close();
        store.close();
        BenchData.delete(dir);
    }

    @Benchmark
    public AppendResult append() throws Exception {
        return log.append(BenchData.fresh(batch), 0);
    }

    @Benchmark
    public long appendAndFlush() throws Exception {
        log.append(BenchData.fresh(batch), 0);
        log.flush();
        return log.flushedEndOffset();
    }

    @Benchmark
    public ByteBuffer memcpy() {
        return target.put(0, batch, 0, batch.limit());
    }

    @Benchmark
    public long crc32c() {
        CRC32C crc = new CRC32C();
        crc.update(batch.duplicate());
        return crc.getValue();
    }

    @Benchmark
    public long pwrite() throws Exception {
        position += file.write(batch.duplicate(), position);
        return position;
    }

    @Benchmark
    public long pwriteAndFdatasync() throws Exception {
        position += file.write(batch.duplicate(), position);
        file.force(false);
        return position;
    }
}
