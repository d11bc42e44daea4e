/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import io.klamm.testkit.NodeProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Looks at a node's process and at its log: does it live, how much memory has it taken, what has it said. */
final class NodeWatch {
    /** What no client can be the cause of in a sound node: faults, and stack traces. */
    private static final Pattern FAULT = Pattern.compile(
            "\\bERROR\\b|^\\s+at [\\w.$]+\\(|^Caused by: |OutOfMemory|unexpected|Unexpected|LEAK|^Exception in thread|NullPointerException|ClassCastException|IndexOutOfBounds|IllegalState");

    /** What Ratis says when its thread was not given the CPU for a moment, and what gRPC says of noise at its port. */
    private static final Pattern NO_FAULT =
            Pattern.compile("Unexpected long sleep|NettyServerHandler: Received unexpected ping ack");

    private static final long MIB = 1 << 20;

    private final NodeProcess node;
    private final long pid;
    private long logStart;

    NodeWatch(NodeProcess node) {
        this.node = node;
        this.pid = node.pid();
        this.logStart = logBytes();
    }

    /** Whether it is the same process as at first. */
    boolean lives() {
        return node.isAlive() && node.pid() == pid;
    }

    /** Most memory that was resident so far. */
    long mostResidentMib() {
        return statusKib("VmHWM:") * 1024 / MIB;
    }

    long residentMib() {
        return statusKib("VmRSS:") * 1024 / MIB;
    }

    /** Sockets that its process has open. */
    int sockets() {
        int sockets = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path file : files) {
                sockets += isSocket(file) ? 1 : 0;
            }
        } catch (IOException | DirectoryIteratorException e) {
            return 0; // it is gone, which is told otherwise
        }
        return sockets;
    }

    private static boolean isSocket(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    private long statusKib(String name) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
            return 0;
        } catch (IOException e) {
            return 0; // it is gone, which is told otherwise
        }
    }

    /** Bytes of log since the watch began. */
    long logged() {
        return logBytes() - logStart;
    }

    private long logBytes() {
        try {
            return Files.size(node.logFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines of its log that should not be. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(node.logFile())) {
                if (FAULT.matcher(line).find() && !NO_FAULT.matcher(line).find()) {
                    faults.add("node " + node.nodeId() + ": " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return faults;
    }

    int nodeId() {
        return node.nodeId();
    }
}
