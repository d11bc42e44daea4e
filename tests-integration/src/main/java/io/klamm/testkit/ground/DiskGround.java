/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Await;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.LoopDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Node processes on loopback, each with two small disks of its own, one for partitions and one for metadata. Needs what {@link LoopDisk}
 * needs.
 */
public final class DiskGround extends ProcessGround {
    private static final long DATA_MEGABYTES = 128;
    private static final long METADATA_MEGABYTES = 64;
    private static final Duration BITE = Duration.ofSeconds(20);

    private final Map<Integer, LoopDisk> data = new LinkedHashMap<>();
    private final Map<Integer, LoopDisk> metadata = new LinkedHashMap<>();
    private final Set<Integer> full = new TreeSet<>();
    private final Set<Integer> frozen = new TreeSet<>();
    private final Map<Integer, LoopDisk> failed = new LinkedHashMap<>();

    private DiskGround(KlammCluster cluster) {
        super(cluster);
    }

    /**
     * Makes the disks and defines a cluster; starts nothing.
     *
     * @param name becomes the folder's name
     * @param overrides properties of every node
     */
    public static DiskGround define(String name, int nodes, Map<String, String> overrides) {
        Map<String, String> settings = new HashMap<>(overrides);
        settings.put("log.dirs", KlammCluster.HOME + "/disk/data");
        settings.put("metadata.log.dir", KlammCluster.HOME + "/metadata-disk/data");
        settings.put("log.dir.reserve.bytes", Long.toString(8 << 20));
        DiskGround ground = new DiskGround(KlammCluster.define(name, nodes, settings));
        try {
            for (Integer node : ground.nodes()) {
                ground.data.put(node, LoopDisk.mount(ground.home(node).resolve("disk"), DATA_MEGABYTES));
                ground.metadata.put(
                        node, LoopDisk.mount(ground.home(node).resolve("metadata-disk"), METADATA_MEGABYTES));
            }
            return ground;
        } catch (RuntimeException | Error e) {
            ground.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return "small disks";
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.KILL, Ability.PAUSE, Ability.HARM_DISKS, Ability.POWER_FOR_ALL);
    }

    @Override
    public Path dataDirectory(int node) {
        return disk(data, node).logDir();
    }

    @Override
    public Path metadataDirectory(int node) {
        return disk(metadata, node).logDir();
    }

    private static LoopDisk disk(Map<Integer, LoopDisk> disks, int node) {
        return Objects.requireNonNull(disks.get(node), "no such node");
    }

    @Override
    public String fillDisk(int node) {
        LoopDisk disk = disk(data, node);
        disk.fillUp();
        full.add(node);
        return disk.usableBytes() + " bytes are left";
    }

    @Override
    public void freeDisk(int node) {
        if (full.remove(node)) {
            disk(data, node).free();
        }
    }

    @Override
    public String freezeDisk(int node) {
        disk(data, node).freeze();
        frozen.add(node);
        return Await.get("a thread of node " + node + " waits for its disk", BITE, () -> waitingThread(node));
    }

    /** A thread in state D: it waits in the kernel. */
    private String waitingThread(int node) throws IOException {
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(pid(node)), "task"))) {
            for (Path thread : threads) {
                if (state(thread.resolve("stat")).equals("D")) {
                    return "thread " + thread.getFileName() + " waits for the disk";
                }
            }
        }
        throw new IOException("no thread waits");
    }

    @Override
    public void thawDisk(int node) {
        if (frozen.remove(node)) {
            disk(data, node).thaw();
        }
    }

    @Override
    public String failDisk(int node) {
        return fail(node, disk(data, node));
    }

    @Override
    public String failMetadataDisk(int node) {
        return fail(node, disk(metadata, node));
    }

    private String fail(int node, LoopDisk disk) {
        long pid = pid(node);
        disk.fail();
        failed.put(node, disk);
        int code = awaitExit(node, BITE);
        if (code == 0) {
            throw new AssertionError("node " + node + " ended with code 0 though its disk has failed");
        }
        return "process " + pid + " ended with code " + code;
    }

    @Override
    public void repairDisks(int node) {
        LoopDisk disk = failed.remove(node);
        if (disk != null) {
            if (isAlive(node)) {
                kill(node); // its injection has said that it did not end
            }
            disk.repair();
        }
    }

    @Override
    public String cutPower(List<Integer> nodes) {
        nodes.forEach(this::kill);
        StringBuilder evidence = new StringBuilder();
        for (Integer node : nodes) {
            long before = bytes(node);
            for (LoopDisk disk : List.of(disk(data, node), disk(metadata, node))) {
                disk.fail();
                disk.repair();
            }
            evidence.append(evidence.isEmpty() ? "" : "; ");
            evidence.append("node ")
                    .append(node)
                    .append(" was killed; its files had ")
                    .append(before);
            evidence.append(" bytes, and have ").append(bytes(node));
        }
        return evidence.toString();
    }

    private long bytes(int node) {
        try (Stream<Path> files = Files.walk(dataDirectory(node))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        List.copyOf(frozen).forEach(this::thawDisk);
        super.close();
        data.values().forEach(LoopDisk::close);
        metadata.values().forEach(LoopDisk::close);
    }
}
