/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** What processes have used, by /proc: Linux only. */
public final class ProcessUsage {
    /** USER_HZ, the same on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;
    /** Fields of /proc/PID/stat behind the name in brackets. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;

    private ProcessUsage() {}

    /** CPU seconds, user and system, of these processes since each of them began. */
    public static double cpuSeconds(Collection<Long> pids) {
        return pids.stream().mapToDouble(ProcessUsage::cpuSeconds).sum();
    }

    private static double cpuSeconds(long pid) {
        String stat = read(pid, "stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS])) / TICKS_PER_SECOND;
    }

    /** Resident memory of these processes together, in MiB. */
    public static long residentMiB(Collection<Long> pids) {
        return pids.stream().mapToLong(ProcessUsage::residentKiB).sum() >> 10;
    }

    private static long residentKiB(long pid) {
        return status(read(pid, "status"), "VmRSS:");
    }

    /** The most resident memory that each of these processes ever had, summed up, in MiB. */
    public static long peakResidentMiB(Collection<Long> pids) {
        return pids.stream()
                        .mapToLong(pid -> status(read(pid, "status"), "VmHWM:"))
                        .sum()
                >> 10;
    }

    /** How often the threads of these processes, as far as they live, have been taken off a processor, or have left it to wait. */
    public static long contextSwitches(Collection<Long> pids) {
        return pids.stream().mapToLong(ProcessUsage::contextSwitches).sum();
    }

    private static long contextSwitches(long pid) {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                sum += threadSwitches(thread);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
        return sum;
    }

    private static long threadSwitches(Path thread) {
        try {
            String status = Files.readString(thread.resolve("status"));
            return status(status, "voluntary_ctxt_switches:") + status(status, "nonvoluntary_ctxt_switches:");
        } catch (IOException e) {
            return 0; // it has ended meanwhile
        }
    }

    private static long status(String lines, String key) {
        return lines.lines()
                .filter(line -> line.startsWith(key))
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
