/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** What processes have used, by /proc: Linux only. */
final class ProcessUsage {
    /** USER_HZ, the same on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;
    /** Fields of /proc/PID/stat behind the name in brackets. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;

    private ProcessUsage() {}

    /** CPU seconds, user and system, of these processes since each of them began. */
    static double cpuSeconds(Collection<Long> pids) {
        return pids.stream().mapToDouble(ProcessUsage::cpuSeconds).sum();
    }

    private static double cpuSeconds(long pid) {
        String stat = read(pid, "stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
    }

    /** Resident memory of these processes together, in MiB. */
    static long residentMiB(Collection<Long> pids) {
        return pids.stream().mapToLong(ProcessUsage::residentKiB).sum() >> 10;
    }

    private static long residentKiB(long pid) {
        return read(pid, "status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }
}
