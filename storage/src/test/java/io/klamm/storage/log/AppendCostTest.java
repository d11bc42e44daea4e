/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an append and a read cost in operations of the system and in allocated bytes: counts, not times. */
class AppendCostTest {
    private static final int ROUNDS = 1_000;
    private static final int RECORDS = 100;
    /** Of an append of one batch, whatever the number of records; about 970 were measured. */
    private static final long MOST_ALLOCATED_BYTES = 1_500;

    @TempDir
    Path dir;

    private final Counts counts = new Counts();
    private LogFixture fixture;

    /** Counts what it is asked for. */
    private static final class Counts extends FaultyFiles {
        private final Map<String, Integer> operations = Collections.synchronizedMap(new TreeMap<>());

        private void count(String operation) {
            operations.merge(operation, 1, Integer::sum);
        }

        @Override
        public FileChannel open(Path file, OpenOption... options) throws IOException {
            count("open");
            return super.open(file, options);
        }

        @Override
        public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
            count("write");
            super.write(channel, bytes, position);
        }

        @Override
        public void read(FileChannel channel, ByteBuffer into, long position) throws IOException {
            count("read");
            super.read(channel, into, position);
        }

        @Override
        public void force(FileChannel channel, boolean metadata) throws IOException {
            count("force");
            super.force(channel, metadata);
        }

        @Override
        public long size(Path file) throws IOException {
            count("size");
            return super.size(file);
        }

        @Override
        public boolean exists(Path path) {
            count("exists");
            return super.exists(path);
        }
    }

    @BeforeEach
    void open() {
        fixture = new LogFixture(dir, counts);
        fixture.config = LogConfig.DEFAULT;
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static ByteBuffer batch(int records) {
        String[] values = new String[records];
        for (int i = 0; i < records; i++) {
            values[i] = "value-" + i;
        }
        return Batches.of(values);
    }

    @Test
    void anAppendIsOneWriteAndNothingElse() throws Exception {
        SegmentedLog log = fixture.log();
        ByteBuffer batch = batch(RECORDS);
        append(log, batch);
        counts.operations.clear();
        append(log, batch);
        assertThat(counts.operations).containsExactly(Map.entry("write", ROUNDS));
    }

    @Test
    void aReadAtTheEndAsksTheSystemForNothing() throws Exception {
        SegmentedLog log = fixture.log();
        ByteBuffer batch = batch(RECORDS);
        append(log, batch);
        counts.operations.clear();
        for (int i = 0; i < ROUNDS; i++) {
            appendOnce(log, batch);
            log.read(log.logEndOffset() - RECORDS, 1 << 20, Long.MAX_VALUE, true)
                    .release();
        }
        assertThat(counts.operations)
                .as("what follows the end of a log knows where it is")
                .containsExactly(Map.entry("write", ROUNDS));
    }

    @Test
    void nothingIsAllocatedForARecord() throws Exception {
        SegmentedLog log = fixture.log();
        long few = allocatedPerAppend(log, batch(1));
        long many = allocatedPerAppend(log, batch(RECORDS));
        assertThat(few).isLessThan(MOST_ALLOCATED_BYTES);
        assertThat(many).isLessThan(MOST_ALLOCATED_BYTES);
    }

    private static long allocatedPerAppend(SegmentedLog log, ByteBuffer batch) throws Exception {
        append(log, batch);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        append(log, batch);
        return (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
    }

    private static void append(SegmentedLog log, ByteBuffer batch) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            appendOnce(log, batch);
        }
    }

    private static void appendOnce(SegmentedLog log, ByteBuffer batch) throws Exception {
        batch.putLong(0, 0); // an append stamps its offset there
        log.append(batch, 1);
    }
}
