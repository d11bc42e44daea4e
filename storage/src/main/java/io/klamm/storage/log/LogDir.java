/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One log dir and whether it still works. The first I/O error takes it offline for good: a file whose write or fsync has failed
 * may hold anything, and trying again would only look as if it had worked. Thread-safe.
 */
final class LogDir {
    private static final Logger LOG = LoggerFactory.getLogger(LogDir.class);
    private static final int MAX_DAMAGE_TOLD = 1000;

    private final Path path;
    private final Uuid id;
    private final DirSpace space;
    private final LogFlusher flusher;
    private final BiConsumer<Path, IOException> onFailure;
    private final Set<String> damageTold = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /** @param flusher forces files of this dir, never on the thread of an append */
    LogDir(Path path, Uuid id, DirSpace space, LogFlusher flusher, BiConsumer<Path, IOException> onFailure) {
        this.path = path;
        this.id = id;
        this.space = space;
        this.flusher = flusher;
        this.onFailure = onFailure;
    }

    Path path() {
        return path;
    }

    Uuid id() {
        return id;
    }

    DirSpace space() {
        return space;
    }

    LogFlusher flusher() {
        return flusher;
    }

    LogDirStatus status() {
        return new LogDirStatus(path, id, isOnline(), space.totalBytes(), space.usableBytes());
    }

    boolean isOnline() {
        return failure.get() == null;
    }

    void checkOnline() throws LogDirOfflineException {
        IOException cause = failure.get();
        if (cause != null) {
            throw new LogDirOfflineException("log dir " + path + " is offline", cause);
        }
    }

    /**
     * Takes the dir offline; only the first failure is logged and told. A damaged batch says nothing of the rest of the dir, which stays
     * online; it is logged once for what was being done.
     *
     * @param doing what failed, for the log line
     * @return to be thrown by the caller
     */
    LogDirOfflineException failed(String doing, IOException error) {
        if (error instanceof DamagedBatchException) {
            if (damageTold.size() < MAX_DAMAGE_TOLD && damageTold.add(doing + error.getMessage())) {
                LOG.error("log dir {}: {}: {}", path, doing, error.getMessage());
            }
            return LogDirOfflineException.damaged(doing + ": " + error.getMessage(), error);
        }
        if (failure.compareAndSet(null, error)) {
            LOG.error("log dir {} goes offline: {}: {}", path, doing, error.toString());
            onFailure.accept(path, error);
        }
        return new LogDirOfflineException("log dir " + path + " is offline: " + doing, error);
    }

    /** Nothing is lost by it: what had to be on disk was forced before. */
    void closeFailed(LogIdentity log, IOException error) {
        LOG.warn("closing {} in log dir {}: {}", log, path, error.toString());
    }
}
