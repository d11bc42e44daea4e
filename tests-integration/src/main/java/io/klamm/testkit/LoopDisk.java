/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A small disk of its own: an ext4 file system in a file, mounted over a loop device. It can fail and can be filled without harm to
 * anything else. Needs root and, for {@link #fail}, xfs_io.
 */
public final class LoopDisk implements AutoCloseable {
    private static final Duration COMMAND = Duration.ofSeconds(20);
    private static final String BALLAST = "ballast";
    private static final String REST = "ballast-too";
    private static final String LOG_DIR = "data";
    private static final String CANARY = "canary";

    private final Path mount;
    private Path image;

    private LoopDisk(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /** Whether this user and this machine can have such disks. */
    public static boolean available() {
        return System.getProperty("user.name").equals("root")
                && Programs.installed("mkfs.ext4")
                && Programs.installed("xfs_io");
    }

    /**
     * Makes a disk and mounts it.
     *
     * @param mount an empty or missing folder
     */
    public static LoopDisk mount(Path mount, long megabytes) {
        Path image = mount.resolveSibling(mount.getFileName() + ".img");
        try {
            Files.createDirectories(mount);
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(megabytes << 20);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run("mkfs.ext4", "-q", "-m", "0", image.toString());
        LoopDisk disk = new LoopDisk(image, mount);
        disk.mount();
        return disk;
    }

    private void mount() {
        run("mount", "-o", "loop", image.toString(), mount.toString());
    }

    /** A log dir on this disk. */
    public Path logDir() {
        return mount.resolve(LOG_DIR);
    }

    /** From now on every operation ends in an I/O error, and what was not forced is lost. */
    public void fail() {
        run("xfs_io", "-x", "-c", "shutdown", mount.toString());
    }

    /** Writes a file, and does not force it to the disk: to be lost by {@link #fail}. */
    public void putCanary() {
        try {
            Files.writeString(mount.resolve(CANARY), CANARY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the disk has lost what is in that file, or the file itself. Takes away what is left of it. */
    public boolean hasLostCanary() {
        Path canary = mount.resolve(CANARY);
        try {
            boolean lost = !Files.exists(canary) || Files.size(canary) == 0;
            Files.deleteIfExists(canary);
            return lost;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on every write hangs, until {@link #thaw}. */
    public void freeze() {
        run("fsfreeze", "-f", mount.toString());
    }

    public void thaw() {
        run("fsfreeze", "-u", mount.toString());
    }

    /** The disk after {@link #fail}, with what was on it. Nobody may use it now. */
    public void repair() {
        run("umount", mount.toString());
        // Where somebody has made a mount namespace meanwhile (a network namespace of other tests has one), the
        // failed file system lives on in it, and who mounts its image anew gets that one again.
        String loops = Programs.run(COMMAND, List.of("losetup", "-j", image.toString()))
                .expectSuccess()
                .out();
        if (!loops.isBlank()) {
            Path copy = image.resolveSibling(image.getFileName() + "+");
            run("cp", "--sparse=always", image.toString(), copy.toString());
            image = copy;
        }
        mount();
    }

    public long usableBytes() {
        try {
            return Files.getFileStore(mount).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Somebody else's file takes the space, but for about this much. */
    public void fill(long bytesLeft) {
        long bytes = usableBytes() - bytesLeft;
        run("fallocate", "-l", Long.toString(bytes), mount.resolve(BALLAST).toString());
    }

    /** Somebody else's files take all of the space, in one go. */
    public void fillUp() {
        fill(1 << 20);
        fill("64k");
    }

    /** The same until not even the smallest file finds room. */
    public void fillToTheLastByte() {
        fill(1 << 20);
        fill("1k");
    }

    private void fill(String chunk) {
        Programs.Outcome rest =
                Programs.run(COMMAND, List.of("dd", "if=/dev/zero", "of=" + mount.resolve(REST), "bs=" + chunk));
        rest.expectExit(1); // it ends when nothing fits any more
    }

    /** Gives the space back, also what was taken by a {@link #fillUp} that failed half-way. */
    public void free() {
        try {
            Files.deleteIfExists(mount.resolve(BALLAST));
            Files.deleteIfExists(mount.resolve(REST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Partitions of a topic that have a folder on this disk. */
    public List<Integer> partitions(String topic) {
        List<Integer> partitions = new ArrayList<>();
        try (var entries = Files.newDirectoryStream(mount.resolve(LOG_DIR), topic + "-[0-9]*")) {
            for (Path entry : entries) {
                partitions.add(Integer.parseInt(entry.getFileName().toString().substring(topic.length() + 1)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return partitions;
    }

    /** Detaches it at once, whoever uses it. */
    @Override
    public void close() {
        run("umount", "-l", mount.toString());
    }

    private static void run(String... command) {
        Programs.run(COMMAND, List.of(command)).expectSuccess();
    }
}
