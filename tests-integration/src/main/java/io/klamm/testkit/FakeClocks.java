/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Each node with a wall clock of its own, which can be set while it runs: the library libfaketime stands between the process and the
 * system, and looks into a file at each question. The monotonic clock stays. Needs libfaketime (Debian: faketime).
 */
public final class FakeClocks implements NodeHosts, AutoCloseable {
    private final NodeHosts hosts;
    private final Path directory;

    /** @param hosts where the nodes live */
    public FakeClocks(NodeHosts hosts) {
        this.hosts = hosts;
        try {
            Files.createDirectories(Launcher.workDirectory());
            this.directory = Files.createTempDirectory(Launcher.workDirectory(), "clocks-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this machine can have them. */
    public static boolean available() {
        return !libraries().isEmpty();
    }

    /** That of Debian lies in a folder named after the machine; the one for programs with threads. */
    private static List<Path> libraries() {
        List<Path> found = new ArrayList<>();
        for (Path place : List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"))) {
            if (!Files.isDirectory(place)) {
                continue;
            }
            try (Stream<Path> folders = Files.list(place)) {
                Stream.concat(Stream.of(place), folders)
                        .map(folder -> folder.resolve("faketime").resolve("libfaketimeMT.so.1"))
                        .filter(Files::isRegularFile)
                        .forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    @Override
    public String address(int nodeId) {
        return hosts.address(nodeId);
    }

    @Override
    public List<String> prefix(int nodeId) {
        set(nodeId, 0);
        List<String> prefix = new ArrayList<>(hosts.prefix(nodeId));
        prefix.add("env");
        prefix.add("LD_PRELOAD=" + libraries().get(0));
        prefix.add("FAKETIME_TIMESTAMP_FILE=" + file(nodeId));
        prefix.add("FAKETIME_NO_CACHE=1");
        prefix.add("FAKETIME_DONT_FAKE_MONOTONIC=1");
        // Made for a C library of old: where it is not needed, timed waits of the JVM end at once, and nodes are busy
        // with nothing.
        prefix.add("FAKETIME_FORCE_MONOTONIC_FIX=0");
        // The times of files are the system's, on whichever clock the node is.
        prefix.add("NO_FAKE_STAT=1");
        return prefix;
    }

    private Path file(int nodeId) {
        return directory.resolve("node-" + nodeId);
    }

    /** From now on a node's wall clock is off by so much. */
    public void set(int nodeId, long byMillis) {
        // Whoever reads it meanwhile must not see half of it.
        Path next = directory.resolve("next-" + nodeId);
        try {
            Files.writeString(next, String.format(Locale.ROOT, "%+.3f%n", byMillis / 1_000.0));
            Files.move(next, file(nodeId), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes the clocks away; the processes must have ended. */
    @Override
    public void close() {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
