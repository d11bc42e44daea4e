/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many files the process may have open, sockets included, and what connections may have of them. A flood of connections that takes
 * them all would keep logs from being rolled and opened, so a part is kept for these.
 *
 * @param limit Long.MAX_VALUE when there is none, or none is known
 */
record OpenFiles(long limit) {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern LINE = Pattern.compile("Max open files\\s+(\\S+)\\s.*");

    /** Clients and brokers: half. */
    private static final int PART_OF_CLIENTS = 2;

    /** Those to the CONTROLLER listener: an eighth. */
    private static final int PART_OF_CONTROL = 8;

    /** Of this process. */
    static OpenFiles ofProcess() {
        try {
            return of(Files.readAllLines(LIMITS));
        } catch (IOException e) {
            return new OpenFiles(Long.MAX_VALUE); // not on Linux
        }
    }

    /** @param lines as the kernel writes them in /proc/self/limits */
    static OpenFiles of(List<String> lines) {
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches() && !matcher.group(1).equals("unlimited")) {
                return new OpenFiles(Long.parseLong(matcher.group(1)));
            }
        }
        return new OpenFiles(Long.MAX_VALUE);
    }

    /** Connections of clients and brokers that can be had, at most as many as are wanted. */
    int clientConnections(int wanted) {
        return (int) Math.min(wanted, Math.max(1, limit / PART_OF_CLIENTS));
    }

    /** The same of connections to the CONTROLLER listener. */
    int controlConnections(int wanted) {
        return (int) Math.min(wanted, Math.max(1, limit / PART_OF_CONTROL));
    }
}
