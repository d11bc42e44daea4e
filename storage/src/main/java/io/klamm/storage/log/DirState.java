/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who owns a log dir (lock, identity) and how it was left (clean-shutdown mark). */
final class DirState implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirState.class);
    static final String LOCK_FILE = ".lock";
    static final String IDENTITY_FILE = "klamm.identity";
    static final String CLEAN_STOP_FILE = "clean-shutdown";
    private static final String KAFKA_FILE = "meta.properties";
    private static final String BROKER_EPOCH = "broker.epoch ";
    private static final String RECOVERY_POINT_BYTES = "recovery-point.bytes ";
    private static final String LOG_START_BYTES = "log-start.bytes ";

    private final LogFiles files;
    private final Path path;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Uuid directoryId;
    private final CleanStop cleanStop;
    private volatile boolean cleanStopDistrusted;

    /**
     * What the mark of a clean stop says.
     *
     * @param brokerEpoch -1 when there is no mark
     * @param journals what the journals held: they grow line by line, so that one which was cut looks like one that is younger
     */
    private record CleanStop(long brokerEpoch, DirCheckpoints.Sizes journals) {
        static final CleanStop NONE = new CleanStop(-1, DirCheckpoints.Sizes.NONE);
    }

    private DirState(
            LogFiles files, Path path, FileChannel lockFile, FileLock lock, Uuid directoryId, CleanStop cleanStop) {
        this.files = files;
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
        this.directoryId = directoryId;
        this.cleanStop = cleanStop;
    }

    /**
     * Takes possession. The clean-shutdown mark is read, not removed yet.
     *
     * @throws LogStoreException when the dir belongs to somebody else
     * @throws IOException when it does not work
     */
    static DirState claim(LogFiles files, Path path, LogStoreConfig config) throws IOException {
        if (!files.exists(path)) {
            files.createDirectories(path);
            Path parent = path.toAbsolutePath().getParent();
            if (parent != null) {
                files.syncDirectory(parent);
            }
        }
        if (files.exists(path.resolve(KAFKA_FILE))) {
            throw new LogStoreException("log dir " + path + " was formatted by Apache Kafka (" + KAFKA_FILE
                    + "): give Klamm a directory of its own in log.dirs");
        }
        FileChannel lockFile = files.open(path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = files.tryLock(lockFile);
            if (lock == null) {
                throw new LogStoreException(
                        "log dir " + path + " is in use by another process: stop that one or change log.dirs");
            }
            Uuid id = identify(files, path, config);
            DirState state = new DirState(files, path, lockFile, lock, id, readCleanStop(files, path));
            lockFile = null;
            return state;
        } finally {
            if (lockFile != null) {
                lockFile.close();
            }
        }
    }

    private static Uuid identify(LogFiles files, Path path, LogStoreConfig config) throws IOException {
        CheckpointFile file = new CheckpointFile(files, path.resolve(IDENTITY_FILE), "log-dir", 1);
        if (!file.exists()) {
            Uuid id = Uuid.randomUuid();
            file.write(List.of("cluster.id " + config.clusterId(), "node.id " + config.nodeId(), "directory.id " + id));
            return id;
        }
        List<String> lines = file.read();
        if (lines == null) {
            throw new LogStoreException("log dir " + path + ": " + IDENTITY_FILE
                    + " is damaged or of a newer version: restore it, or empty the directory to join without its data");
        }
        Map<String, String> fields = new HashMap<>();
        for (String line : lines) {
            int space = line.indexOf(' ');
            fields.put(line.substring(0, Math.max(0, space)), line.substring(space + 1));
        }
        refuseOther(path, "cluster.id", fields.get("cluster.id"), config.clusterId());
        refuseOther(path, "node.id", fields.get("node.id"), String.valueOf(config.nodeId()));
        String id = fields.get("directory.id");
        if (id == null) {
            throw new LogStoreException("log dir " + path + ": " + IDENTITY_FILE + " has no directory.id");
        }
        try {
            return Uuid.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new LogStoreException(
                    "log dir " + path + ": " + IDENTITY_FILE + " has a directory.id that is none: " + id);
        }
    }

    private static void refuseOther(Path path, String what, @Nullable String stored, String configured) {
        if (!configured.equals(stored)) {
            throw new LogStoreException("log dir " + path + " belongs to " + what + " " + stored + ", this node has "
                    + what + " " + configured + ": correct the configuration or change log.dirs");
        }
    }

    private static CleanStop readCleanStop(LogFiles files, Path path) throws IOException {
        CheckpointFile mark = cleanStopFile(files, path);
        CleanStop found = parse(mark.read());
        if (found.brokerEpoch() < 0 && mark.exists()) {
            LOG.warn("{} is damaged or of another version: the last stop counts as an unclean one", mark.path());
        }
        return found;
    }

    private static CleanStop parse(@Nullable List<String> lines) {
        if (lines == null || lines.size() != 3) {
            return CleanStop.NONE;
        }
        long epoch = number(lines.get(0), BROKER_EPOCH);
        long recoveryPoints = number(lines.get(1), RECOVERY_POINT_BYTES);
        long logStarts = number(lines.get(2), LOG_START_BYTES);
        return epoch < 0 || recoveryPoints < 0 || logStarts < 0
                ? CleanStop.NONE
                : new CleanStop(epoch, new DirCheckpoints.Sizes(recoveryPoints, logStarts));
    }

    private static long number(String line, String name) {
        if (!line.startsWith(name)) {
            return -1;
        }
        try {
            return Long.parseLong(line, name.length(), line.length(), 10);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static CheckpointFile cleanStopFile(LogFiles files, Path path) {
        return new CheckpointFile(files, path.resolve(CLEAN_STOP_FILE), "clean-shutdown", 2);
    }

    Path path() {
        return path;
    }

    Uuid directoryId() {
        return directoryId;
    }

    /** The mark that was found does not hold: from here on the last stop was not clean. */
    void distrustCleanStop() {
        cleanStopDistrusted = true;
    }

    /** Broker epoch in the mark found, -1 when the last stop was not clean. */
    long cleanStopEpoch() {
        return cleanStopDistrusted ? -1 : cleanStop.brokerEpoch();
    }

    /** What the journals must hold at least, by the mark found. */
    DirCheckpoints.Sizes journalsAtCleanStop() {
        return cleanStop.journals();
    }

    /** From now on a crash is an unclean stop, on disk. */
    void removeCleanStopMark() throws IOException {
        if (files.exists(path.resolve(CLEAN_STOP_FILE))) {
            files.delete(path.resolve(CLEAN_STOP_FILE));
            files.syncDirectory(path);
        }
    }

    void writeCleanStopMark(long brokerEpoch, DirCheckpoints.Sizes journals) throws IOException {
        cleanStopFile(files, path)
                .write(List.of(
                        BROKER_EPOCH + brokerEpoch,
                        RECOVERY_POINT_BYTES + journals.recoveryPoints(),
                        LOG_START_BYTES + journals.logStarts()));
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockFile.close();
    }
}
