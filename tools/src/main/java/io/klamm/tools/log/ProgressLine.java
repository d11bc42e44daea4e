/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.inspect.DirVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One line on the terminal that is written over and over; nothing when standard error is no terminal. */
final class ProgressLine implements DirVerifier.Progress, AutoCloseable {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final long INTERVAL_NANOS = 200_000_000;

    private final PrintWriter out;
    private final boolean terminal;
    private long totalBytes;
    private long bytes;
    private int logs;
    private int log;
    private long lastNanos = System.nanoTime();
    private int width;

    ProgressLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static ProgressLine on(PrintWriter standardError) {
        return new ProgressLine(standardError, isTerminal());
    }

    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return false; // not known elsewhere: the JDK says whether all three streams are terminals, in some releases
        }
    }

    @Override
    public void starts(int logs, long totalBytes) {
        this.logs = logs;
        this.totalBytes = totalBytes;
    }

    @Override
    public void log(Path folder) {
        log++;
        show();
    }

    @Override
    public void bytes(long more) {
        bytes += more;
        show();
    }

    @Override
    public void pause(long ms) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        for (long left = deadline - System.nanoTime();
                left > 0 && !Thread.currentThread().isInterrupted();
                left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void show() {
        long now = System.nanoTime();
        if (terminal && now - lastNanos >= INTERVAL_NANOS) {
            lastNanos = now;
            long percent = totalBytes == 0 ? 100 : Math.min(100, 100 * bytes / totalBytes);
            print("log " + log + " of " + logs + ", " + (bytes >> 20) + " of " + (totalBytes >> 20) + " MiB, " + percent
                    + " %");
        }
    }

    private void print(String line) {
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    /** Wipes the line. */
    @Override
    public void close() {
        if (width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            out.flush();
        }
    }
}
