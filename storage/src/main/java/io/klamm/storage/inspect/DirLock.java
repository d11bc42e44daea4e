/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Which process uses a log dir. To ask by taking the lock could make a node that starts at this moment fail, so the kernel's list of
 * locks is read instead; where there is none (not Linux, or another container's processes) the answer is "nobody known".
 */
public final class DirLock {
    private static final Path KERNEL_LOCKS = Path.of("/proc/locks");

    private DirLock() {}

    /** @return the process that holds the lock of the dir, empty when none is known */
    public static OptionalLong holder(Path lockFile) {
        try {
            Map<String, Object> file = Files.readAttributes(lockFile, "unix:ino,dev");
            return file.get("ino") instanceof Number inode && file.get("dev") instanceof Number device
                    ? holder(Files.readAllLines(KERNEL_LOCKS), device.longValue(), inode.longValue())
                    : OptionalLong.empty();
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    /** Lines as {@code 1: POSIX ADVISORY WRITE 4711 fe:00:1234 0 EOF}: process, device (hexadecimal), inode (decimal). */
    static OptionalLong holder(List<String> locks, long device, long inode) {
        long major = (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
        long minor = (device & 0xff) | (device >>> 12 & ~0xffL);
        for (String line : locks) {
            String[] fields = line.trim().split("\\s+", -1);
            if (fields.length < 6 || fields[1].equals("->")) {
                continue; // somebody who waits
            }
            String[] where = fields[5].split(":", -1);
            if (where.length == 3
                    && Long.parseLong(where[0], 16) == major
                    && Long.parseLong(where[1], 16) == minor
                    && Long.parseLong(where[2]) == inode) {
                return OptionalLong.of(Long.parseLong(fields[4]));
            }
        }
        return OptionalLong.empty();
    }
}
