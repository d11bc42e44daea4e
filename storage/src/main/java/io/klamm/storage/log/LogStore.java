/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of a node, over its log dirs. A log's folder is {@code <topic>-<partition>} with a file that holds the topic id; a
 * folder whose id is not the one asked for is set aside, never adopted. Thread-safe.
 */
public final class LogStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogStore.class);
    private static final int FLUSH_THREADS_PER_DIR = 4;
    private static final int OPEN_STRIPES = 64;

    /**
     * A node that was given less memory than this beside its heap reads from disk what it takes to be cached; one that was given more reads
     * through what is cached, which costs little.
     */
    private static final long CACHED_BYTES = 256L << 20;

    /** For what the page cache holds, on a slow disk. */
    private static final long STOP_TIMEOUT_MS = 60_000;

    private static final long CLOSE_TIMEOUT_MS = 30_000;

    private final StoreDirs dirs;
    private final LogContext context;
    private final List<DirUpkeep> upkeep;
    private final long cleanShutdownBrokerEpoch;
    private final Map<Key, OpenLog> logs = new ConcurrentHashMap<>();
    private final Set<FutureLog> futures = ConcurrentHashMap.newKeySet();
    /** One partition is opened by one thread at a time, different ones in parallel. */
    private final Object[] openStripes = new Object[OPEN_STRIPES];

    private final AtomicBoolean closed = new AtomicBoolean();

    private record Key(Uuid topicId, int partition) {}

    private LogStore(LogStoreConfig config, LogFiles files, Clock wallClock, Clock ageClock, StoreDirs dirs) {
        this.dirs = dirs;
        this.cleanShutdownBrokerEpoch = dirs.cleanStopEpoch();
        List<DirUpkeep> byDir = new ArrayList<>();
        dirs.forEach(dir -> byDir.add(new DirUpkeep(logs.values(), dir)));
        this.upkeep = List.copyOf(byDir);
        this.context = new LogContext(
                files,
                wallClock,
                ageClock,
                new CacheClock(CACHED_BYTES),
                config.maxProducersPerPartition(),
                config.producerIdExpirationMs());
        for (int i = 0; i < OPEN_STRIPES; i++) {
            openStripes[i] = new Object();
        }
    }

    /**
     * Locks and reads the directories, creates their identity when they are empty. Logs are opened (and recovered) one by one
     * later, by {@link #openOrCreate}.
     *
     * @param files every file operation goes through it
     * @param wallClock for timestamps
     * @param ageClock by which records and producers are found old, see {@link SteadyClock}
     * @param dirFailed told once when a log dir has gone offline because of an I/O error
     * @throws LogStoreException one line for the operator: another cluster or node, formatted by Apache Kafka, locked by
     *     another process, none of the directories readable and writable. When some are, the others are offline until the next start
     */
    public static LogStore open(
            LogStoreConfig config,
            LogFiles files,
            Clock wallClock,
            Clock ageClock,
            BiConsumer<Path, IOException> dirFailed) {
        return open(config, files, wallClock, ageClock, dirFailed, LogStore::newPool);
    }

    /** The same where one clock does for both. */
    public static LogStore open(
            LogStoreConfig config, LogFiles files, Clock clock, BiConsumer<Path, IOException> dirFailed) {
        return open(config, files, clock, clock, dirFailed);
    }

    static LogStore open(
            LogStoreConfig config,
            LogFiles files,
            Clock clock,
            BiConsumer<Path, IOException> dirFailed,
            Function<Path, ExecutorService> newPool) {
        return open(config, files, clock, clock, dirFailed, newPool);
    }

    /** @param newPool for each dir; flushes and deletes there in the background */
    private static LogStore open(
            LogStoreConfig config,
            LogFiles files,
            Clock wallClock,
            Clock ageClock,
            BiConsumer<Path, IOException> dirFailed,
            Function<Path, ExecutorService> newPool) {
        Function<Path, LogFlusher> newFlusher = path -> new LogFlusher(newPool.apply(path));
        return new LogStore(config, files, wallClock, ageClock, StoreDirs.open(config, files, newFlusher, dirFailed));
    }

    CacheClock cacheClock() {
        return context.cache();
    }

    private static ExecutorService newPool(Path dir) {
        AtomicInteger number = new AtomicInteger();
        // The queue is bounded by its users: a log's slots wait in it at most once each, a deletion once per log.
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                FLUSH_THREADS_PER_DIR,
                FLUSH_THREADS_PER_DIR,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread =
                            new Thread(task, "log-flusher-" + dir.getFileName() + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Ids of the log dirs that are online. */
    public List<Uuid> directoryIds() {
        return dirs.online().map(dir -> dir.dir().id()).toList();
    }

    /** All log dirs of the configuration: those in use, then those that could not be used at the start. */
    public List<LogDirStatus> directories() {
        return dirs.statuses();
    }

    /**
     * The broker epoch in the clean-shutdown marks as found at open, -1 unless every dir that can be used has the same mark. A dir's mark is removed
     * before the first of its logs is opened: from then on a crash is an unclean stop, while a start that fails before has changed
     * nothing, and the next one finds the mark again.
     */
    public long cleanShutdownBrokerEpoch() {
        return cleanShutdownBrokerEpoch;
    }

    /** The log if it is open. */
    public @Nullable PartitionLog get(Uuid topicId, int partition) {
        OpenLog open = logs.get(new Key(topicId, partition));
        return open == null ? null : open.log();
    }

    /** {@link #openOrCreate(String, Uuid, int, LogConfig, LogPlace)} of a log that nobody expects anywhere. */
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config)
            throws LogDirOfflineException {
        return openOrCreate(topic, topicId, partition, config, LogPlace.ANY);
    }

    /**
     * Opens the log, recovering it when the last stop was unclean. One that is in no dir is created: in the dir that it is assigned to,
     * or else in the online one with the fewest logs. It is not created while it may be in a dir that is offline.
     *
     * @throws LogDirOfflineException when its dir is offline, or may be, or is full ({@link LogDirOfflineException#isForWantOfRoom}): nothing
     *     is lost then, and it may be tried again
     */
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
            throws LogDirOfflineException {
        Key key = new Key(topicId, partition);
        LogIdentity identity = new LogIdentity(topic, topicId, partition);
        synchronized (openStripes[Math.floorMod(StoreDir.folderName(identity).hashCode(), OPEN_STRIPES)]) {
            OpenLog open = logs.get(key);
            if (open == null) {
                dirs.forEach(StoreDir::begin);
                open = openOrCreate(identity, config, place);
                logs.put(key, open);
            }
            open.dir().dir().checkOnline();
            return open.log();
        }
    }

    private OpenLog openOrCreate(LogIdentity identity, LogConfig config, LogPlace place) throws LogDirOfflineException {
        String name = StoreDir.folderName(identity);
        List<StoreDir> candidates = dirs.online()
                .filter(dir -> dir.has(name))
                .sorted(Comparator.comparing(dir -> !dir.dir().id().equals(place.assigned())))
                .toList();
        OpenLog found = null;
        for (StoreDir dir : candidates) {
            OpenLog before = found;
            try {
                OpenLog here = dir.dir()
                        .space()
                        .evenIfFull(
                                "opening " + identity, () -> Optional.ofNullable(openIn(dir, identity, config, before)))
                        .orElse(null);
                dir.claim(name);
                found = before == null ? here : before;
            } catch (IOException e) {
                LogDirOfflineException unopened = unopened(dir, "opening " + identity, e);
                if (before == null) {
                    throw unopened;
                }
            }
        }
        return found != null ? found : create(identity, config, place);
    }

    /**
     * Opens what a dir has under the log's name, or sets it aside.
     *
     * @param found the log in another dir, which was looked at before
     */
    private @Nullable OpenLog openIn(StoreDir dir, LogIdentity identity, LogConfig config, @Nullable OpenLog found)
            throws IOException {
        LogFolder folder = dir.folder(StoreDir.folderName(identity));
        if (found != null) {
            dir.setAside(
                    folder, identity + " is in log dir " + found.dir().dir().path());
        } else if (isOurs(dir, folder, identity)) {
            OpenLog opened = new OpenLog(open(dir, folder, identity, config), dir);
            dir.opened();
            return opened;
        }
        return null;
    }

    /** What it means that a log could not be opened or made: a dir that is only full goes on. */
    private static LogDirOfflineException unopened(StoreDir dir, String doing, IOException error) {
        if (dir.dir().space().isLackingAfter(error)) {
            dir.dir().space().exhausted(doing, error);
            return LogDirOfflineException.noRoom(
                    doing + " failed, the disk of log dir " + dir.dir().path() + " is full", error);
        }
        return dir.dir().failed(doing, error);
    }

    private boolean isOurs(StoreDir dir, LogFolder folder, LogIdentity identity) throws IOException {
        Uuid found = folder.readTopicId();
        if (identity.topicId().equals(found)) {
            return true;
        }
        if (found == null && !dir.holdsRecords(folder)) {
            folder.create(identity.topicId()); // a crash came between the folder and its file
            return true;
        }
        dir.setAside(folder, "it has topic id " + (found == null ? "unknown" : found) + ", not " + identity.topicId());
        return false;
    }

    private SegmentedLog open(StoreDir dir, LogFolder folder, LogIdentity identity, LogConfig config)
            throws IOException {
        boolean clean = dir.state().cleanStopEpoch() >= 0;
        return new LogOpener(context, dir, identity, folder, config).open(clean);
    }

    private OpenLog create(LogIdentity identity, LogConfig config, LogPlace place) throws LogDirOfflineException {
        Optional<StoreDir> assigned =
                dirs.withId(place.assigned()).filter(dir -> dir.dir().isOnline());
        if (assigned.isEmpty() && !place.isNew() && !dirs.allOnline()) {
            throw new LogDirOfflineException(identity + " may be in a log dir that is offline", null);
        }
        StoreDir dir = dirs.place(assigned);
        LogFolder folder = dir.folder(StoreDir.folderName(identity));
        OpenLog made = null;
        try {
            made = dir.dir().space().evenIfFull("creating " + identity, () -> {
                dir.checkpoints().settle();
                folder.create(identity.topicId());
                return new OpenLog(open(dir, folder, identity, config), dir);
            });
            return made;
        } catch (IOException e) {
            LogDirOfflineException unmade = unopened(dir, "creating " + identity, e);
            if (unmade.isForWantOfRoom()) {
                dir.dropUnmade(folder);
            }
            throw unmade;
        } finally {
            if (made == null) {
                dir.removed();
            }
        }
    }

    /**
     * Begins a copy of an open log in another dir.
     *
     * @param directoryId of an online dir that is not the log's
     * @throws LogDirOfflineException when that dir does not work, or has no room; a lack of room does not take it offline
     */
    public FutureLog beginMove(PartitionLog log, Uuid directoryId) throws LogDirOfflineException {
        StoreDir dir = dirs.withId(directoryId)
                .orElseThrow(() -> new LogDirOfflineException("log dir " + directoryId + " is offline", null));
        dir.dir().checkOnline();
        LogIdentity identity = new LogIdentity(log.topic(), log.topicId(), log.partition());
        try {
            dir.dir().space().checkLeader(); // a move can wait; others need the reserve
        } catch (RejectedBatchException e) {
            throw new LogDirOfflineException(identity + " cannot be moved: " + e.getMessage(), e);
        }
        LogFolder folder = dir.futureFolder(identity);
        try {
            dir.checkpoints().settle();
            folder.create(identity.topicId());
            SegmentedLog copy = new LogOpener(context, dir, identity, folder, log.config()).open(false);
            FutureLog future = new FutureLog(copy, (SegmentedLog) log, dir, context.files());
            futures.add(future);
            return future;
        } catch (IOException e) {
            LogDirOfflineException noMove = moveFailed(dir, identity, e);
            if (dir.dir().isOnline()) {
                dir.dropUnmade(folder);
            }
            throw noMove;
        }
    }

    /** A dir that has no room for a move goes on; another error takes it offline. */
    private static LogDirOfflineException moveFailed(StoreDir dir, LogIdentity identity, IOException error) {
        String doing = "moving " + identity + " here";
        if (!dir.dir().space().isLackingAfter(error)) {
            return dir.dir().failed(doing, error);
        }
        RejectedBatchException full = dir.dir().space().exhausted(doing, error);
        return new LogDirOfflineException(identity + " cannot be moved: " + full.getMessage(), error);
    }

    /** Ends a move; the original stays where it is. No effect on one that was promoted. */
    public void abandon(FutureLog future) {
        if (futures.remove(future)) {
            future.ended();
            future.log().close();
            deleteFolder(
                    future.dir(),
                    future.log().folder(),
                    future.log().topicId(),
                    future.log().partition());
        }
    }

    /**
     * Puts the copy in the place of the original, whose files are deleted. Nobody may write to the log meanwhile, and the copy must be
     * complete. After a crash in between both are there, and the assigned one counts.
     *
     * @return the log in its new dir
     * @throws LogDirOfflineException when the new dir does not work, or has no room; the original is as it was, and the copy of a dir
     *     that is still online is to be abandoned
     */
    public PartitionLog promote(FutureLog future) throws LogDirOfflineException {
        SegmentedLog copy = future.log();
        LogIdentity identity = copy.identity();
        Key key = new Key(identity.topicId(), identity.partition());
        OpenLog original = logs.get(key);
        if (original == null || !copy.checkpoint()) {
            throw new LogDirOfflineException(identity + " cannot be moved: it is gone, or its new disk is full", null);
        }
        copy.close();
        LogFolder folder;
        try {
            folder = future.dir().promote(copy);
        } catch (IOException e) {
            throw future.dir().takeBackPromotion(copy)
                    ? moveFailed(future.dir(), identity, e)
                    : future.dir().dir().failed("moving " + identity + " here", e);
        }
        futures.remove(future);
        future.ended();
        SegmentedLog moved;
        try {
            moved = new LogOpener(
                            context,
                            future.dir(),
                            identity,
                            folder,
                            original.log().config())
                    .open(false);
        } catch (IOException e) {
            throw future.dir().dir().failed("moving " + identity + " here", e);
        }
        future.dir().opened();
        logs.put(key, new OpenLog(moved, future.dir()));
        original.log().close();
        original.dir().removed();
        deleteFolder(original.dir(), original.log().folder(), identity.topicId(), identity.partition());
        return moved;
    }

    /** Removes the log from the store and its files from the disk (renamed first, deleted in the background). */
    public void delete(Uuid topicId, int partition) {
        OpenLog open = logs.remove(new Key(topicId, partition));
        if (open != null) {
            open.log().close();
            open.dir().removed();
            deleteFolder(open.dir(), open.log().folder(), topicId, partition);
        }
    }

    private void deleteFolder(StoreDir dir, LogFolder folder, Uuid topicId, int partition) {
        if (!dir.dir().isOnline()) {
            return; // nothing can be done there; it is a stray when the dir comes back
        }
        try {
            dir.markDeleted(folder, topicId, partition);
        } catch (IOException e) {
            dir.dir().failed("deleting " + folder.name(), e);
        }
    }

    /** Every log folder found on disk that no {@link #openOrCreate} has claimed; for deleting topics removed while down. */
    public List<StrayLog> strays() {
        List<StrayLog> strays = new ArrayList<>();
        for (StoreDir dir : dirs) {
            for (String name : dir.unclaimed()) {
                try {
                    Uuid id = dir.dir().isOnline() ? dir.folder(name).readTopicId() : null;
                    if (id != null) {
                        strays.add(new StrayLog(StoreDir.topicOf(name), id, StoreDir.partitionOf(name)));
                    }
                } catch (IOException e) {
                    dir.dir().failed("reading " + name, e);
                }
            }
        }
        return strays;
    }

    /** @param topicId id in the folder's file */
    public record StrayLog(String topic, Uuid topicId, int partition) {}

    /** Removes a stray's files like {@link #delete}. */
    public void deleteStray(StrayLog stray) {
        String name = stray.topic() + "-" + stray.partition();
        for (StoreDir dir : dirs) {
            LogFolder folder = dir.folder(name);
            try {
                if (dir.dir().isOnline()
                        && dir.has(name)
                        && stray.topicId().equals(folder.readTopicId())
                        && dir.claim(name)) {
                    deleteFolder(dir, folder, stray.topicId(), stray.partition());
                }
            } catch (IOException e) {
                dir.dir().failed("deleting " + name, e);
            }
        }
    }

    /** The logs whose topics are compacted. */
    public List<CleanableLog> compactedLogs() {
        return logs.values().stream()
                .filter(open -> open.log().config().retention().compact())
                .map(open -> open.log().cleanable())
                .toList();
    }

    public Collection<PartitionLog> logs() {
        return logs.values().stream().<PartitionLog>map(OpenLog::log).toList();
    }

    /** {@link DirUpkeep#checkSpace} of all dirs, one after the other. */
    public long checkSpace() {
        return upkeep.stream().mapToLong(DirUpkeep::checkSpace).min().orElseThrow();
    }

    /** Number of log dirs that refuse records because their disks are almost full. */
    public int fullDirectories() {
        return (int) dirs.online()
                .filter(dir -> dir.dir().space().room() != SpaceRule.Room.ENOUGH)
                .count();
    }

    /** What is to be done from time to time, by dir: by the owner's schedulers, one for each, so that no disk waits for another. */
    public List<DirUpkeep> upkeep() {
        return upkeep;
    }

    /** {@link DirUpkeep#maintain} of all dirs, one after the other. */
    void maintain() {
        upkeep.forEach(DirUpkeep::maintain);
    }

    /** {@link DirUpkeep#enforceRetention} of all dirs, one after the other. */
    void enforceRetention() {
        upkeep.forEach(DirUpkeep::enforceRetention);
    }

    /**
     * Stops cleanly: flushes all logs, writes checkpoints and then the clean-shutdown marks with this broker epoch. Bounded: a dir whose
     * disk hangs gets no mark, and the others theirs.
     *
     * @param brokerEpoch epoch of this incarnation's registration; -1 leaves no mark
     */
    public void closeCleanly(long brokerEpoch) {
        closeCleanly(brokerEpoch, STOP_TIMEOUT_MS, CLOSE_TIMEOUT_MS);
    }

    void closeCleanly(long brokerEpoch, long stopTimeoutMs, long closeTimeoutMs) {
        if (closed.get()) {
            return;
        }
        Map<StoreDir, CompletableFuture<Void>> ends = new LinkedHashMap<>();
        for (StoreDir dir : dirs) {
            ends.put(dir, dir.stop(logs.values(), brokerEpoch));
        }
        try {
            for (StoreDir dir : StoreDirs.unended(ends, stopTimeoutMs)) {
                LOG.error(
                        "log dir {} could not be brought to disk within {} ms: it counts as not stopped cleanly",
                        dir.dir().path(),
                        stopTimeoutMs);
            }
        } finally {
            close(closeTimeoutMs);
        }
    }

    /** Closes files without a clean-shutdown mark; no effect when the store is closed. Bounded. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT_MS);
    }

    private void close(long timeoutMs) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        for (StoreDir hanging : dirs.close(dir -> logsIn(dir).forEach(SegmentedLog::close), timeoutMs)) {
            logsIn(hanging).forEach(SegmentedLog::giveUp);
        }
        logs.clear();
    }

    /** Those on their way there included. */
    private List<SegmentedLog> logsIn(StoreDir dir) {
        Stream<SegmentedLog> open =
                logs.values().stream().filter(each -> each.dir() == dir).map(OpenLog::log);
        Stream<SegmentedLog> coming =
                futures.stream().filter(each -> each.dir() == dir).map(FutureLog::log);
        return Stream.concat(open, coming).toList();
    }
}
