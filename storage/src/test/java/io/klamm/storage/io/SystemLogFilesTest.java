/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.storage.log.UnusableChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the logs rely on where they meet the system. */
class SystemLogFilesTest {
    @TempDir
    Path dir;

    /** Moves a few bytes a call, as the system may. */
    private static final class ReluctantChannel extends UnusableChannel {
        private static final int AT_ONCE = 3;

        private final byte[] content = new byte[100];
        private int end;
        private int calls;

        @Override
        public int write(ByteBuffer from, long position) {
            calls++;
            int length = Math.min(AT_ONCE, from.remaining());
            from.get(content, (int) position, length);
            end = Math.max(end, (int) position + length);
            return length;
        }

        @Override
        public int read(ByteBuffer into, long position) {
            calls++;
            int length = Math.min(Math.min(AT_ONCE, into.remaining()), end - (int) position);
            if (length <= 0) {
                return -1;
            }
            into.put(content, (int) position, length);
            return length;
        }
    }

    private static ByteBuffer bytes(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, (byte) (i + 1));
        }
        return bytes;
    }

    @Test
    void shortWritesAndShortReadsAreGoneOnWith() throws Exception {
        try (ReluctantChannel channel = new ReluctantChannel()) {
            ByteBuffer bytes = bytes(20);
            LogFiles.SYSTEM.write(channel, bytes, 5);
            assertThat(bytes.hasRemaining()).isFalse();
            assertThat(channel.end).isEqualTo(25);
            assertThat(channel.calls).isEqualTo(7);
            ByteBuffer read = ByteBuffer.allocate(20);
            LogFiles.SYSTEM.read(channel, read, 5);
            assertThat(read.flip()).isEqualTo(bytes(20));
        }
    }

    @Test
    void aReadEndsWhereTheFileDoes() throws Exception {
        try (ReluctantChannel channel = new ReluctantChannel()) {
            LogFiles.SYSTEM.write(channel, bytes(10), 0);
            ByteBuffer read = ByteBuffer.allocate(20);
            LogFiles.SYSTEM.read(channel, read, 0);
            assertThat(read.position()).isEqualTo(10);
            LogFiles.SYSTEM.read(channel, read, 90);
            assertThat(read.position()).as("behind the end").isEqualTo(10);
        }
    }

    @Test
    void aMoveReplacesAndADeletionOfNothingIsNoError() throws Exception {
        Path from = Files.writeString(dir.resolve("b"), "new");
        Path to = Files.writeString(dir.resolve("a"), "old");
        LogFiles.SYSTEM.rename(from, to);
        assertThat(LogFiles.SYSTEM.list(dir)).containsExactly(to);
        assertThat(to).hasContent("new");
        LogFiles.SYSTEM.delete(from);
        LogFiles.SYSTEM.delete(to);
        assertThat(LogFiles.SYSTEM.list(dir)).isEmpty();
    }

    @Test
    void aLockIsHeldByOne() throws Exception {
        Path file = dir.resolve("lock");
        try (FileChannel first = LogFiles.SYSTEM.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileChannel second = LogFiles.SYSTEM.open(file, StandardOpenOption.WRITE)) {
            FileLock lock = LogFiles.SYSTEM.tryLock(first);
            assertThat(lock).isNotNull();
            assertThat(LogFiles.SYSTEM.tryLock(second)).isNull();
        }
    }

    @Test
    void whereThereIsNoFileSystemTheSpaceIsNotZeroButUnknown() {
        assertThatThrownBy(() -> LogFiles.SYSTEM.usableSpace(dir.resolve("nothing")))
                .isInstanceOf(IOException.class);
    }
}
