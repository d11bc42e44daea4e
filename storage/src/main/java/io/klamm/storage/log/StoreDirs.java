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
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log dirs of a node: those that could be claimed at the start, and the others of the configuration. Thread-safe. */
final class StoreDirs implements Iterable<StoreDir> {
    private static final Logger LOG = LoggerFactory.getLogger(StoreDirs.class);
    private static final long LONGEST_FLUSH_MS = 30_000;

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

    /**
     * Where a new log goes: if it is assigned to none, to the online dir with the fewest logs, one with room before one without. It counts
     * there from now on, so that those made side by side see each other; {@link StoreDir#removed} if it is not made after all.
     */
    synchronized StoreDir place(Optional<StoreDir> assigned) throws LogDirOfflineException {
        Comparator<StoreDir> roomFirst =
                Comparator.comparing(each -> each.dir().space().room());
        StoreDir dir = assigned.or(() -> online().min(roomFirst.thenComparingInt(StoreDir::logCount)))
                .orElseThrow(() -> new LogDirOfflineException("no log dir is online", null));
        dir.opened();
        return dir;
    }

    /**
     * Closes the logs, ends what runs in the background, and lets others claim the dirs, all of them side by side. One that hangs is left to
     * itself: it stays claimed until its disk answers, or the process ends.
     *
     * @param closeLogs closes those of a dir
     * @return those that have not ended in time
     */
    List<StoreDir> close(Consumer<StoreDir> closeLogs, long timeoutMs) {
        Map<StoreDir, CompletableFuture<Void>> ends = new LinkedHashMap<>();
        for (StoreDir dir : dirs) {
            ends.put(dir, CompletableFuture.runAsync(() -> close(dir, closeLogs), work -> closer(dir, work)));
        }
        List<StoreDir> hanging = new ArrayList<>();
        for (StoreDir dir : unended(ends, timeoutMs)) {
            LOG.warn("log dir {} could not be closed within {} ms", dir.dir().path(), timeoutMs);
            hanging.add(dir);
        }
        return hanging;
    }

    private static void closer(StoreDir dir, Runnable work) {
        Thread thread = new Thread(work, "log-dir-closer-" + dir.dir().path().getFileName());
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(StoreDir dir, Consumer<StoreDir> closeLogs) {
        dir.endUpkeep();
        closeLogs.accept(dir);
        dir.dir().flusher().shutdown();
        try {
            if (!dir.dir().flusher().awaitEnd(LONGEST_FLUSH_MS)) {
                LOG.warn(
                        "log dir {} stays claimed: flushes still run", dir.dir().path());
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        release(dir);
    }

    /**
     * Waits for what each dir does at its end.
     *
     * @return those that have not done it in time
     * @throws java.util.concurrent.CompletionException when one has failed
     */
    static List<StoreDir> unended(Map<StoreDir, CompletableFuture<Void>> ends, long timeoutMs) {
        CompletableFuture<Void> all = CompletableFuture.allOf(ends.values().toArray(CompletableFuture[]::new));
        try {
            all.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("not every log dir has ended well: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ends.values().stream()
                .filter(CompletableFuture::isCompletedExceptionally)
                .forEach(CompletableFuture::join);
        return ends.entrySet().stream()
                .filter(end -> !end.getValue().isDone())
                .map(Map.Entry::getKey)
                .toList();
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
