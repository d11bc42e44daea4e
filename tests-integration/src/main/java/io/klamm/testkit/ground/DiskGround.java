/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.ground;

import io.klamm.testkit.Await;
import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.KlammCluster;
import io.klamm.testkit.LoopDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Node processes on loopback, each with two small disks of its own, one for partitions and one for metadata. Needs what {@link LoopDisk}
 * needs.
 */
public final class DiskGround extends ProcessGround {
    private static final long DATA_MEGABYTES = 128;
    private static final long METADATA_MEGABYTES = 64;
    private static final Duration BITE = Duration.ofSeconds(20);

    /** Where Linux lets those wait who want to write to a frozen file system; one that waits for a slow disk is elsewhere. */
    private static final String FROZEN = "percpu_rwsem_wait";

    private final KlammCluster cluster;
    private final Set<Ability> abilities;
    private final Map<Integer, LoopDisk> data = new LinkedHashMap<>();
    private final Map<Integer, LoopDisk> metadata = new LinkedHashMap<>();
    private final Map<Integer, LoopDisk> full = new LinkedHashMap<>();
    private final Map<Integer, LoopDisk> frozen = new LinkedHashMap<>();
    private final Map<Integer, LoopDisk> failed = new LinkedHashMap<>();
    private int powerLosses;
    private long lostBytes;

    private DiskGround(KlammCluster cluster, Set<Ability> abilities) {
        super(cluster);
        this.cluster = cluster;
        this.abilities = abilities;
    }

    /**
     * Makes the disks and defines a cluster; starts nothing.
     *
     * @param name becomes the folder's name
     * @param overrides properties of every node
     * @param forced whether every topic forces each record before it is acknowledged: only then may all nodes lose power together
     */
    public static DiskGround define(String name, int nodes, Map<String, String> overrides, boolean forced) {
        Map<String, String> settings = new HashMap<>(overrides);
        settings.put("log.dirs", KlammCluster.HOME + "/disk/data");
        settings.put("metadata.log.dir", KlammCluster.HOME + "/metadata-disk/data");
        settings.put("log.dir.reserve.bytes", Long.toString(8 << 20));
        Set<Ability> abilities =
                EnumSet.of(Ability.KILL, Ability.PAUSE, Ability.HARM_DISKS, Ability.LOSE_POWER, Ability.POWER_FOR_ALL);
        if (!forced) {
            abilities.remove(Ability.POWER_FOR_ALL);
        }
        DiskGround ground = new DiskGround(KlammCluster.define(name, nodes, settings), abilities);
        FirstFailure failures = new FirstFailure().in(ground::makeDisks);
        if (failures.happened()) {
            failures.in(ground::close).rethrow();
        }
        return ground;
    }

    private void makeDisks() {
        for (Integer node : nodes()) {
            data.put(node, LoopDisk.mount(home(node).resolve("disk"), DATA_MEGABYTES));
            metadata.put(node, LoopDisk.mount(home(node).resolve("metadata-disk"), METADATA_MEGABYTES));
        }
    }

    @Override
    public String name() {
        return "small disks";
    }

    @Override
    public Set<Ability> abilities() {
        return abilities;
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
    public void start() {
        super.start();
        RefusalProbe.createTopic(cluster);
    }

    @Override
    public String fillDisk(List<Integer> nodes) {
        nodes.forEach(node -> full.put(node, disk(data, node)));
        AtOnce.each(nodes, node -> disk(data, node).fillUp());
        try (RefusalProbe probe = new RefusalProbe(bootstrap(), nodes())) {
            return nodes.stream().map(node -> refused(probe, node)).collect(Collectors.joining("; "));
        }
    }

    private String refused(RefusalProbe probe, int node) {
        Await.until("node " + node + " refuses records since its disk is full", BITE, () -> probe.refuses(node));
        return "node " + node + ": " + disk(data, node).usableBytes() + " bytes are left, and it refuses records";
    }

    @Override
    public String fillMetadataDisk(int node) {
        LoopDisk disk = disk(metadata, node);
        full.put(node, disk);
        disk.fillToTheLastByte();
        return "node " + node + ": " + disk.usableBytes() + " bytes are left for metadata";
    }

    @Override
    public String freeMetadataDisk(int node) {
        try {
            return ended(node, "its metadata disk is full");
        } finally {
            freeDisk(node);
        }
    }

    @Override
    public void freeDisk(int node) {
        LoopDisk disk = full.remove(node);
        if (disk != null) {
            disk.free();
        }
    }

    @Override
    public String freezeDisk(int node) {
        return freeze(node, disk(data, node));
    }

    @Override
    public String freezeMetadataDisk(int node) {
        return freeze(node, disk(metadata, node));
    }

    private String freeze(int node, LoopDisk disk) {
        disk.freeze();
        frozen.put(node, disk);
        return Await.get("a thread of node " + node + " waits for its frozen disk", BITE, () -> waitingThread(node));
    }

    private String waitingThread(int node) throws IOException {
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(pid(node)), "task"))) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("wchan")).equals(FROZEN)) {
                    return "node " + node + ": thread "
                            + Files.readString(thread.resolve("comm")).strip() + " waits for the frozen disk";
                }
            }
        }
        throw new IOException("no thread waits");
    }

    @Override
    public void thawDisk(int node) {
        LoopDisk disk = frozen.get(node);
        if (disk != null) {
            disk.thaw();
            frozen.remove(node);
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
        failed.put(node, disk);
        disk.fail();
        return ended(node, "its disk has failed");
    }

    /** Waits until a node has ended by itself, and not as if all were well. */
    private String ended(int node, String why) {
        int code = awaitExit(node, BITE);
        if (code == 0) {
            throw new AssertionError("node " + node + " ended with code 0 though " + why);
        }
        return "node " + node + ": process " + pid(node) + " ended with code " + code;
    }

    @Override
    public void repairDisks(int node) {
        LoopDisk disk = failed.get(node);
        if (disk != null) {
            FirstFailure failures = new FirstFailure();
            if (isAlive(node)) {
                failures.in(() -> kill(List.of(node))); // its injection has said that it did not end
            }
            failures.in(disk::repair).rethrow();
            failed.remove(node);
        }
    }

    @Override
    public String cutPower(List<Integer> nodes) {
        List<String> evidence = new ArrayList<>();
        FirstFailure failures = new FirstFailure().in(() -> evidence.add(kill(nodes)));
        Map<Integer, Long> before = new HashMap<>();
        nodes.forEach(node -> failures.in(() -> before.put(node, bytes(node))));
        List<LoopDisk> dark = nodes.stream()
                .flatMap(node -> Stream.of(disk(data, node), disk(metadata, node)))
                .toList();
        dark.forEach(disk -> failures.in(disk::putCanary));
        dark.forEach(disk -> failures.in(disk::fail));
        dark.forEach(disk -> failures.in(disk::repair));
        nodes.forEach(node -> failures.in(() -> assertLost(node)));
        failures.rethrow();
        evidence.add("a file that nobody had forced is gone from both disks of each");
        powerLosses++;
        for (Integer node : nodes) {
            long had = before.getOrDefault(node, 0L);
            long has = bytes(node);
            lostBytes += Math.max(0, had - has);
            evidence.add("node " + node + " had files of " + had + " bytes, and has " + has);
        }
        return String.join("; ", evidence);
    }

    private void assertLost(int node) {
        boolean ofData = disk(data, node).hasLostCanary();
        boolean ofMetadata = disk(metadata, node).hasLostCanary();
        if (!ofData || !ofMetadata) {
            throw new AssertionError("the power loss of node " + node
                    + " has not taken what nobody had forced to its disk of " + (ofData ? "metadata" : "partitions"));
        }
    }

    /** A power loss may find all forced; where nobody forces each record, not all of them can. */
    @Override
    public void assertBitten() {
        if (powerLosses > 0 && lostBytes == 0 && !abilities.contains(Ability.POWER_FOR_ALL)) {
            throw new AssertionError(powerLosses + " power losses took nothing from the files of partitions");
        }
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
        FirstFailure failures = new FirstFailure();
        // One that waits for a frozen disk cannot even be killed.
        List.copyOf(frozen.keySet()).forEach(node -> failures.in(() -> thawDisk(node)));
        failures.in(super::close);
        data.values().forEach(disk -> failures.in(disk::close));
        metadata.values().forEach(disk -> failures.in(disk::close));
        failures.rethrow();
    }
}
