/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log dirs of a node: those that could be claimed at the start, and the others of the configuration. Thread-safe. */
final class StoreDirs implements Iterable<StoreDir> {
    private static final Logger LOG = LoggerFactory.getLogger(StoreDirs.class);
    private static final long LONGEST_SPACE_PAUSE_MS = 5_000;

    private final List<StoreDir> dirs;
    /** What is in them is not known. */
    private final List<Path> unusable;

    private StoreDirs(List<StoreDir> dirs, List<Path> unusable) {
        this.dirs = List.copyOf(dirs);
        this.unusable = List.copyOf(unusable);
    }

    /**
     * Claims and reads those that work.
     *
     * @param newFlusher for each
     * @throws LogStoreException when one belongs to somebody else, or none works
     */
    static StoreDirs open(
            LogStoreConfig config,
            LogFiles files,
            Function<Path, LogFlusher> newFlusher,
            BiConsumer<Path, IOException> dirFailed) {
        if (config.logDirs().isEmpty()) {
            throw new LogStoreException("log.dirs names no directory");
        }
        List<StoreDir> dirs = new ArrayList<>();
        List<Path> unusable = new ArrayList<>();
        boolean opened = false;
        try {
            String problem = "";
            for (Path path : config.logDirs()) {
                try {
                    DirState state = DirState.claim(files, path, config);
                    dirs.add(load(new StoreDir(files, state, config, newFlusher.apply(path), dirFailed)));
                } catch (IOException e) {
                    problem = "log dir " + path + " cannot be used: " + reason(e);
                    LOG.error("{}", problem);
                    unusable.add(path);
                }
            }
            if (dirs.isEmpty()) {
                throw new LogStoreException(problem);
            }
            opened = true;
            return new StoreDirs(dirs, unusable);
        } finally {
            if (!opened) {
                dirs.forEach(StoreDirs::release);
            }
        }
    }

    private static StoreDir load(StoreDir dir) throws IOException {
        boolean loaded = false;
        try {
            dir.load();
            loaded = true;
            return dir;
        } finally {
            if (!loaded) {
                release(dir);
            }
        }
    }

    /** What is wrong with a directory, without the names of Java's exceptions. */
    private static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "it cannot be created";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "a file is in its place";
        }
        if (failure instanceof FileSystemException known && known.getReason() != null) {
            return known.getFile() + ": " + known.getReason();
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /** Those that could be used at the start, whatever has become of them. */
    @Override
    public Iterator<StoreDir> iterator() {
        return dirs.iterator();
    }

    int count() {
        return dirs.size();
    }

    Stream<StoreDir> online() {
        return dirs.stream().filter(dir -> dir.dir().isOnline());
    }

    /** Whether all of the configuration are. */
    boolean allOnline() {
        return unusable.isEmpty() && online().count() == dirs.size();
    }

    Optional<StoreDir> withId(Uuid directoryId) {
        return dirs.stream().filter(dir -> dir.dir().id().equals(directoryId)).findFirst();
    }

    /** All of the configuration: those in use, then those that could not be used at the start. */
    List<LogDirStatus> statuses() {
        List<LogDirStatus> all = new ArrayList<>();
        dirs.forEach(dir -> all.add(dir.dir().status()));
        unusable.forEach(path -> all.add(new LogDirStatus(path, Uuid.ZERO_UUID, false, -1, -1)));
        return all;
    }

    /** Broker epoch in the marks of a clean stop, -1 unless all have the same one. */
    long cleanStopEpoch() {
        long epoch = dirs.get(0).state().cleanStopEpoch();
        return dirs.stream().allMatch(dir -> dir.state().cleanStopEpoch() == epoch) ? epoch : -1;
    }

    /** @return when to look again, in ms */
    long checkSpace() {
        long pauseMs = LONGEST_SPACE_PAUSE_MS;
        for (StoreDir dir : dirs) {
            if (dir.dir().isOnline()) {
                try {
                    pauseMs = Math.min(pauseMs, dir.dir().space().look());
                } catch (IOException e) {
                    dir.dir().failed("looking how full it is", e);
                }
            }
        }
        return pauseMs;
    }

    /** Ends what runs in the background, and lets others claim the dirs. */
    void close(long timeoutMs) {
        dirs.forEach(dir -> dir.dir().flusher().shutdown());
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        for (StoreDir dir : dirs) {
            try {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (!dir.dir().flusher().awaitEnd(Math.max(1, leftMs))) {
                    LOG.warn(
                            "log dir {}: flushes still run after {} ms",
                            dir.dir().path(),
                            timeoutMs);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        dirs.forEach(StoreDirs::release);
    }

    private static void release(StoreDir dir) {
        dir.dir().flusher().shutdown();
        try {
            dir.state().close();
        } catch (IOException e) {
            LOG.warn("unlocking {}: {}", dir.dir().path(), e.toString());
        }
    }
}
