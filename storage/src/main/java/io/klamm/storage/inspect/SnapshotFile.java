/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import io.klamm.storage.io.LogFiles;
import io.klamm.storage.producer.ProducerSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Reads the file of a producer snapshot, damaged or not. */
public final class SnapshotFile {
    private static final long MAX_BYTES = 64 << 20;

    private SnapshotFile() {}

    public static ProducerSnapshot.Content read(LogFiles files, Path file) throws IOException {
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size > MAX_BYTES) {
                return new ProducerSnapshot.Content(false, List.of(), size + " bytes, more than " + MAX_BYTES);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            files.read(channel, bytes, 0);
            return ProducerSnapshot.inspect(bytes.flip());
        }
    }
}
