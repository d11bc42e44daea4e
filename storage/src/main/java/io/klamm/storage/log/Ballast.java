/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * A file that does nothing but take up space, so that there is some to give away when the disk is full to the last byte: for the few
 * small files that must be written then. Guarded by its {@link DirSpace}.
 */
final class Ballast {
    static final String FILE = "ballast";
    static final int BYTES = 1 << 20;
    private static final String FIRST_LINE = "klamm ballast 1\n";
    private static final int CHUNK = 1 << 16;

    private final LogFiles files;
    private final Path file;
    private boolean whole;

    Ballast(LogFiles files, Path dir) {
        this.files = files;
        this.file = dir.resolve(FILE);
    }

    /** Makes it when it is not there, or not whole; on disk when this returns. What an attempt that fails has written is removed. */
    void make() throws IOException {
        if (whole) {
            return;
        }
        if (!files.exists(file) || files.size(file) != BYTES) {
            boolean written = false;
            try {
                write();
                written = true;
            } finally {
                if (!written) {
                    files.delete(file);
                }
            }
        }
        whole = true;
    }

    private void write() throws IOException {
        byte[] chunk = new byte[CHUNK];
        new SplittableRandom().nextBytes(chunk); // zeros, or holes, would take up no space on some file systems
        byte[] firstLine = FIRST_LINE.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(firstLine, 0, chunk, 0, firstLine.length);
        try (FileChannel channel = files.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int at = 0; at < BYTES; at += CHUNK) {
                files.write(channel, ByteBuffer.wrap(chunk), at);
            }
            files.force(channel, true);
        }
    }

    /**
     * Gives its space away; others may have it when this returns.
     *
     * @return false when there was none
     */
    boolean give() throws IOException {
        whole = false;
        if (!files.exists(file)) {
            return false;
        }
        files.delete(file);
        Path dir = file.getParent();
        if (dir != null) {
            files.syncDirectory(dir); // some file systems hand out what was freed only then
        }
        return true;
    }
}
