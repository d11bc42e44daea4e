/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.index.OffsetIndex;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One log dir as the store sees it: its state, its checkpoints, and the log folders that nobody has claimed yet. Thread-safe. */
final class StoreDir {
    private static final Logger LOG = LoggerFactory.getLogger(StoreDir.class);
    private static final String DELETED = ".deleted";
    private static final String STRAY = "-stray";
    private static final String FUTURE = "-future";
    private static final int MAX_NAME = 255;
    private static final long LONGEST_SPACE_PAUSE_MS = 5_000;

    private final LogFiles files;
    private final DirState state;
    private final LogDir dir;
    private final DirCheckpoints checkpoints;
    private final Set<String> unclaimed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger logs = new AtomicInteger();
    private final Queue<Path> doomed = new ConcurrentLinkedQueue<>();
    private final LogFlusher.Slot deletions;
    private final AtomicBoolean deleting = new AtomicBoolean();
    private final Semaphore recoveries;
    private final ReentrantLock upkeep = new ReentrantLock();
    private volatile boolean upkeepEnded;
    private volatile boolean begun;

    StoreDir(
            LogFiles files,
            DirState state,
            LogStoreConfig config,
            LogFlusher flusher,
            BiConsumer<Path, IOException> onFailure) {
        this.files = files;
        this.state = state;
        DirSpace space = new DirSpace(files, state.path(), config.reserveBytes());
        this.dir = new LogDir(state.path(), state.directoryId(), space, flusher, onFailure);
        this.deletions = flusher.slot(this::deleteMarked);
        this.recoveries = new Semaphore(config.recoveryThreadsPerDir());
        this.checkpoints = new DirCheckpoints(files, state.path());
    }

    LogDir dir() {
        return dir;
    }

    DirState state() {
        return state;
    }

    interface Scan<T> {
        T run() throws IOException;
    }

    /** Runs a scan on this thread when its turn has come: more of them at a time would only make a disk seek. */
    <T> T recover(Scan<T> scan) throws IOException {
        recoveries.acquireUninterruptibly();
        try {
            return scan.run();
        } finally {
            recoveries.release();
        }
    }

    DirCheckpoints checkpoints() {
        return checkpoints;
    }

    /** Number of logs here, opened or not: new ones go where there are the fewest. */
    int logCount() {
        return logs.get() + unclaimed.size();
    }

    void opened() {
        logs.incrementAndGet();
    }

    /** Reads what is there and removes what a crash has left half-deleted. */
    void load() throws IOException {
        checkpoints.load(state.journalsAtCleanStop());
        int strays = 0;
        for (Path entry : files.list(dir.path())) {
            String name = entry.getFileName().toString();
            if (!files.isDirectory(entry)) {
                continue;
            }
            if (name.endsWith(DELETED)) {
                LOG.info("log dir {}: {} is deleted, an earlier stop had cut that short", dir.path(), name);
                deleteFolder(entry);
            } else if (name.endsWith(FUTURE)) {
                LOG.info("log dir {}: {} is deleted, the move to here had not ended", dir.path(), name);
                deleteFolder(entry);
            } else if (name.endsWith(STRAY)) {
                strays++;
            } else if (partitionOf(name) >= 0) {
                unclaimed.add(name);
            }
        }
        if (state.cleanStopEpoch() >= 0) {
            checkCleanStop();
        }
        if (checkpoints.recoveryPointsLost()) {
            for (String name : unclaimed) {
                Uuid topicId = folder(name).readTopicId();
                if (topicId != null) {
                    checkpoints.lose(name, topicId);
                }
            }
        }
        checkpoints.retain(unclaimed::contains);
        if (strays > 0) {
            LOG.warn(
                    "log dir {}: {} folders set aside (*{}); delete them when their data is not needed",
                    dir.path(),
                    strays,
                    STRAY);
        }
    }

    /**
     * A mark of a clean stop says that every log reaches its recovery point. Where files have vanished it does not hold, and the controller
     * must not take this broker for one that has everything: the stop counts as unclean then, and the replicas leave their ISRs.
     */
    private void checkCleanStop() throws IOException {
        if (checkpoints.recoveryPointsLost()) {
            distrustCleanStop("how far its logs were at the clean stop is not known");
        }
        if (checkpoints.logStartsLost()) {
            distrustCleanStop("where its logs began at the clean stop is not known");
        }
        Set<String> withRecords = checkpoints.withRecords();
        for (String name : withRecords) {
            if (partitionOf(name) >= 0 && !unclaimed.contains(name)) { // a copy that was to replace a log may go
                distrustCleanStop(name + " held records at the clean stop, but its folder is gone");
            }
        }
        for (String name : unclaimed) {
            Path folder = dir.path().resolve(name);
            Uuid topicId = folder(name).readTopicId();
            if (topicId == null) { // not a log's, or it is set aside when it is asked for
                if (withRecords.contains(name) || holdsRecords(folder(name))) {
                    distrustCleanStop("it cannot be read whose log " + name + " is");
                }
                continue;
            }
            RecoveryPoint point = checkpoints.recoveryPoint(name, topicId);
            if (point == null) {
                continue;
            }
            long logStart = checkpoints.logStart(name, topicId);
            if (!reaches(folder, point, logStart)) {
                distrustCleanStop(name + " stopped cleanly at offset " + point.offset() + ", but files of it are gone");
            }
            String hole = point.segmentBase() > logStart ? holeBelow(folder, point) : null;
            if (hole != null) {
                distrustCleanStop(name + " stopped cleanly, but " + hole);
            }
        }
    }

    /**
     * Looks at names and sizes only, of logs with more than one segment: one below the last that is empty, or gone, while its index has
     * entries. A clean stop leaves neither; a segment that compaction has emptied has an empty index.
     *
     * @return what is wrong, null when nothing is
     */
    private @Nullable String holeBelow(Path folder, RecoveryPoint point) throws IOException {
        Set<Long> withRecords = new HashSet<>();
        List<Long> indexes = new ArrayList<>();
        for (Path file : files.list(folder)) {
            OptionalLong base = SegmentNames.offset(file, SegmentNames.LOG);
            if (base.isPresent() && files.size(file) > 0) {
                withRecords.add(base.getAsLong());
            }
            SegmentNames.offset(file, SegmentNames.OFFSET_INDEX).ifPresent(indexes::add);
        }
        for (long index : indexes) {
            Path file = folder.resolve(SegmentNames.name(index, SegmentNames.OFFSET_INDEX));
            if (index < point.segmentBase() && !withRecords.contains(index) && OffsetIndex.holdsEntries(files, file)) {
                return "the records of " + SegmentNames.log(index) + " are gone";
            }
        }
        return null;
    }

    private void distrustCleanStop(String why) {
        LOG.error(
                "log dir {}: {}: something of it may be lost here, and none of this broker's replicas counts as whole",
                dir.path(),
                why);
        state.distrustCleanStop();
    }

    private boolean reaches(Path folder, RecoveryPoint point, long logStart) throws IOException {
        if (point.position() > 0) {
            Path last = folder.resolve(SegmentNames.log(point.segmentBase()));
            return files.exists(last) && files.size(last) >= point.position();
        }
        // The last segment is empty: its file may never have been made.
        if (point.offset() <= logStart) {
            return true;
        }
        for (Path file : files.list(folder)) {
            if (SegmentNames.offset(file, SegmentNames.LOG).isPresent() && files.size(file) > 0) {
                return true;
            }
        }
        return false;
    }

    /** The logs are about to be used: from here on only a clean stop leaves a mark. */
    void begin() {
        if (begun || !dir.isOnline()) {
            return;
        }
        try {
            synchronized (state) {
                dir.space().evenIfFull("removing the clean-shutdown mark", () -> {
                    if (checkpoints.recoveryPointsLost()) {
                        checkpoints.settle(); // without the mark nothing else tells that they are
                    }
                    state.removeCleanStopMark();
                    return true;
                });
            }
            begun = true;
        } catch (IOException e) {
            dir.failed("removing the clean-shutdown mark", e);
        }
    }

    Set<String> unclaimed() {
        return Set.copyOf(unclaimed);
    }

    boolean has(String name) {
        return unclaimed.contains(name);
    }

    boolean claim(String name) {
        return unclaimed.remove(name);
    }

    LogFolder folder(String name) {
        return new LogFolder(files, dir.path().resolve(name));
    }

    static String folderName(LogIdentity identity) {
        return identity.topic() + "-" + identity.partition();
    }

    /** @return the number behind the last hyphen, -1 when the name is not a log's */
    static int partitionOf(String name) {
        int hyphen = name.lastIndexOf('-');
        if (hyphen <= 0 || hyphen == name.length() - 1 || name.length() - hyphen > 10) {
            return -1;
        }
        for (int i = hyphen + 1; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return -1;
            }
        }
        return Integer.parseInt(name.substring(hyphen + 1));
    }

    static String topicOf(String name) {
        return name.substring(0, name.lastIndexOf('-'));
    }

    /** Does the folder hold any record? */
    boolean holdsRecords(LogFolder folder) throws IOException {
        for (Path file : files.list(folder.path())) {
            if (SegmentNames.offset(file, SegmentNames.LOG).isPresent() && files.size(file) > 0) {
                return true;
            }
        }
        return false;
    }

    /** Renames a folder that is not the log of this name (any more): kept for the operator, never adopted. */
    void setAside(LogFolder folder, String why) throws IOException {
        Uuid id = folder.readTopicId();
        Path target = vacant(folder.name(), "." + (id == null ? "unknown" : id) + STRAY);
        LOG.warn("log dir {}: folder {} is set aside as {}: {}", dir.path(), folder.name(), target.getFileName(), why);
        checkpoints.forget(folder.name());
        checkpoints.forceLogStarts(); // the new log must not start where this one did
        files.rename(folder.path(), target);
    }

    /**
     * Renames the folder so that the next start finishes the deletion if it is cut short; it goes in the background. A loss of power
     * may bring the folder back: it is a stray then, as a log whose deletion this node has missed.
     */
    void markDeleted(LogFolder folder, Uuid topicId, int partition) throws IOException {
        Path target = vacant(topicId + "-" + partition, DELETED);
        String doing = "deleting " + folder.name();
        dir.space().unlessFull(doing, () -> checkpoints.forget(folder.name()));
        if (dir.space().unlessFull(doing, () -> files.move(folder.path(), target))) {
            doomed.add(target);
            deletions.request();
        } else {
            // At once: there is not even room for another name.
            dir.space().evenIfFull(doing, () -> {
                deleteFolder(folder.path());
                return true;
            });
        }
    }

    /** On one thread at a time, however many logs go: the others are for those who wait for a flush. */
    private void deleteMarked() {
        boolean room = true;
        while (room && !doomed.isEmpty() && dir.isOnline() && deleting.compareAndSet(false, true)) {
            try {
                room = deleteUntilFull();
            } finally {
                deleting.set(false); // who was turned away meanwhile has left something in the queue
            }
        }
    }

    /** @return false when something is left for want of room */
    private boolean deleteUntilFull() {
        for (Path folder = doomed.poll(); folder != null && dir.isOnline(); folder = doomed.poll()) {
            Path next = folder;
            try {
                if (!dir.space().unlessFull("deleting " + next, () -> deleteFolder(next))) {
                    doomed.add(next); // some file systems need room for that, too
                    return false;
                }
            } catch (IOException e) {
                dir.failed("deleting " + next, e);
            }
        }
        return true;
    }

    /** Runs what is to be done from time to time, unless the dir is on its way to be closed. */
    void upkeep(Runnable work) {
        upkeep.lock();
        try {
            if (!upkeepEnded) {
                work.run();
            }
        } finally {
            upkeep.unlock();
        }
    }

    /** Whether upkeep that is under way is to stop soon. */
    boolean isUpkeepEnded() {
        return upkeepEnded;
    }

    /** Waits for what is under way. From then on nothing drops or rolls segments: the mark of a clean stop says what is there. */
    void endUpkeep() {
        upkeepEnded = true;
        upkeep(() -> {});
    }

    /** What is due from time to time. */
    void maintain() {
        writeCheckpoints();
        if (!doomed.isEmpty()) {
            deletions.request();
        }
    }

    /** @return when to look again, in ms */
    long checkSpace() {
        if (dir.isOnline()) {
            try {
                return Math.min(LONGEST_SPACE_PAUSE_MS, dir.space().look());
            } catch (IOException e) {
                dir.failed("looking how full it is", e);
            }
        }
        return LONGEST_SPACE_PAUSE_MS;
    }

    /** @return false when the dir is offline, or is now, or has no room: the old ones are intact then, and only lag behind */
    boolean writeCheckpoints() {
        if (!dir.isOnline()) {
            return false;
        }
        try {
            checkpoints.forceLogStarts();
            checkpoints.writeRecoveryPoints();
            return true;
        } catch (IOException e) {
            if (dir.space().isLackingAfter(e)) {
                dir.space().exhausted("writing checkpoints", e);
            } else {
                dir.failed("writing checkpoints", e);
            }
            return false;
        }
    }

    /**
     * Brings everything to disk for a clean stop, and says so in the mark: a full disk lends its ballast to it. Dirs stop side by side, and
     * the caller does not wait for a disk.
     *
     * @param open all logs of the store
     * @param brokerEpoch for the mark; -1 leaves none
     * @return completes when it is done, or has failed and the dir has no mark
     */
    CompletableFuture<Void> stop(Collection<OpenLog> open, long brokerEpoch) {
        AtomicBoolean whole = new AtomicBoolean(true);
        return dir.flusher()
                .run(this::beginStop)
                .thenCompose(given -> checkpointAll(open, whole))
                .thenCompose(flushed -> dir.flusher().run(() -> {
                    if (writeCheckpoints() && whole.get()) {
                        leaveMark(brokerEpoch);
                    }
                }));
    }

    private void beginStop() {
        endUpkeep();
        try {
            dir.space().lastWrites();
        } catch (IOException e) {
            dir.failed("giving the ballast away", e);
        }
    }

    private CompletableFuture<Void> checkpointAll(Collection<OpenLog> open, AtomicBoolean whole) {
        List<CompletableFuture<Void>> flushes = new ArrayList<>();
        for (OpenLog each : open) {
            if (each.dir() == this) {
                flushes.add(dir.flusher().run(() -> {
                    if (!checkpoint(each.log())) {
                        whole.set(false);
                    }
                }));
            }
        }
        return CompletableFuture.allOf(flushes.toArray(CompletableFuture[]::new));
    }

    private static boolean checkpoint(SegmentedLog log) {
        try {
            return log.checkpoint();
        } catch (LogDirOfflineException e) {
            LOG.debug("{} is not flushed: {}", log, e.getMessage()); // logged when its dir went offline
            return false;
        }
    }

    private void leaveMark(long brokerEpoch) {
        try {
            if (brokerEpoch >= 0) {
                state.writeCleanStopMark(brokerEpoch, checkpoints.sizes());
            } else {
                state.removeCleanStopMark();
            }
        } catch (IOException e) {
            dir.failed("writing the clean-shutdown mark", e);
        }
    }

    /** The folder of a copy that is to replace the log in another dir. */
    LogFolder futureFolder(LogIdentity identity) {
        return new LogFolder(files, vacant(folderName(identity), "." + Uuid.randomUuid() + FUTURE));
    }

    /** Gives the folder of a copy, which is whole, on disk and closed, the name of the log. */
    LogFolder promote(SegmentedLog future) throws IOException {
        LogIdentity identity = future.identity();
        LogFolder target = folder(folderName(identity));
        checkpoints.settle();
        // First: a crash behind the rename must not bring back records that were deleted.
        checkpoints.logStartMoved(target.name(), identity.topicId(), future.logStartOffset());
        files.rename(future.folder().path(), target.path());
        checkpoints.recoveryPointMoved(target.name(), identity.topicId(), future.recoveryPoint());
        dir.space()
                .unlessFull(
                        "moving " + identity + " here",
                        () -> checkpoints.forget(future.folder().name()));
        return target;
    }

    /**
     * After a promotion that has failed.
     *
     * @return false when the copy has the name of the log already
     */
    boolean takeBackPromotion(SegmentedLog future) {
        String name = folderName(future.identity());
        if (files.exists(dir.path().resolve(name))) {
            return false;
        }
        try {
            checkpoints.forget(name);
        } catch (IOException e) {
            // Forgotten in memory, and in the files before a log is made under this name.
            LOG.debug("log dir {}: the checkpoints still tell of {}: {}", dir.path(), name, e.toString());
        }
        return true;
    }

    /** Deletes what there is of a log that could not be made; if that fails, the next start does it, or the next attempt takes it over. */
    void dropUnmade(LogFolder folder) {
        try {
            if (files.exists(folder.path())) {
                checkpoints.forget(folder.name());
                deleteFolder(folder.path());
            }
        } catch (IOException e) {
            LOG.warn("log dir {}: {} is left over: {}", dir.path(), folder.name(), e.toString());
        }
    }

    private Path vacant(String name, String suffix) {
        for (int n = 0; ; n++) {
            String unique = n == 0 ? suffix : "." + n + suffix;
            String start = name.substring(0, Math.min(name.length(), MAX_NAME - unique.length()));
            Path target = dir.path().resolve(start + unique);
            if (!files.exists(target)) {
                return target;
            }
        }
    }

    void removed() {
        logs.decrementAndGet();
    }

    /** With its files, but for directories that others have put there and that are not empty: they stay, and the folder with them. */
    void deleteFolder(Path folder) throws IOException {
        List<Path> left = new ArrayList<>();
        for (Path file : files.list(folder)) {
            try {
                files.delete(file);
            } catch (DirectoryNotEmptyException e) {
                left.add(file.getFileName());
            }
        }
        if (left.isEmpty()) {
            files.delete(folder);
        } else {
            LOG.warn(
                    "log dir {}: {} stays, it holds directories that are none of a log's: {}",
                    dir.path(),
                    folder,
                    left);
        }
    }
}
