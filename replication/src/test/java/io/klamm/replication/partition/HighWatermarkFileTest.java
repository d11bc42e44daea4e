/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HighWatermarkFileTest {
    private static final Map<PartitionId, Long> OFFSETS =
            Map.of(new PartitionId(new Uuid(1, 2), 0), 17L, new PartitionId(new Uuid(1, 2), 3), Long.MAX_VALUE - 1);

    @TempDir
    Path dir;

    private HighWatermarkFile file() {
        return new HighWatermarkFile(LogFiles.SYSTEM, dir.resolve("high-watermarks"));
    }

    @Test
    void nothingIsThereAtFirst() {
        assertThat(file().load()).isEmpty();
    }

    @Test
    void whatIsSavedIsFound() throws Exception {
        file().save(Map.of());
        assertThat(file().load()).isEmpty();
        file().save(OFFSETS);
        assertThat(file().load()).isEqualTo(OFFSETS);
        assertThat(LogFiles.SYSTEM.list(dir)).hasSize(1);
    }

    @Test
    void aFileDamagedAnywhereIsLeftAside() throws Exception {
        file().save(OFFSETS);
        byte[] sound = Files.readAllBytes(dir.resolve("high-watermarks"));
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 0x40;
            Files.write(dir.resolve("high-watermarks"), damaged);
            assertThat(file().load()).as("byte %s", i).isEmpty();
            Files.write(dir.resolve("high-watermarks"), Arrays.copyOf(sound, i));
            assertThat(file().load()).as("cut at %s", i).isEmpty();
        }
    }

    @Test
    void aFileThatIsFarTooLargeIsNotRead() throws Exception {
        file().save(OFFSETS);
        try (FileChannel channel = FileChannel.open(dir.resolve("high-watermarks"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 3L << 30); // a hole, for the most part
        }
        assertThat(file().load()).isEmpty();
    }

    @Test
    void everyFileOperationMayFail() throws Exception {
        file().save(OFFSETS);
        Map<PartitionId, Long> other = Map.of(new PartitionId(new Uuid(3, 4), 1), 5L);
        boolean done = false;
        int failures = 0;
        for (int n = 0; !done; n++) {
            AtomicInteger left = new AtomicInteger(n);
            LogFiles files = (LogFiles) Proxy.newProxyInstance(
                    LogFiles.class.getClassLoader(), new Class<?>[] {LogFiles.class}, (proxy, method, arguments) -> {
                        boolean turn = left.getAndDecrement() == 0;
                        if (turn && method.getName().equals("write")) {
                            ((ByteBuffer) arguments[1]).limit(10); // half of it
                            method.invoke(LogFiles.SYSTEM, arguments);
                        }
                        if (turn) {
                            throw new IOException("injected: " + method.getName());
                        }
                        try {
                            return method.invoke(LogFiles.SYSTEM, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            try {
                new HighWatermarkFile(files, dir.resolve("high-watermarks")).save(other);
                done = left.get() >= 0;
            } catch (IOException e) {
                failures++;
                assertThat(file().load()).as(e.getMessage()).isIn(List.of(OFFSETS, other));
            }
            file().save(done ? other : OFFSETS);
        }
        assertThat(failures).isGreaterThanOrEqualTo(4);
    }
}
