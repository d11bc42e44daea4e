/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * All logs of a node, over its log dirs. A log's folder is {@code <topic>-<partition>} with a file that holds the topic id; a
 * folder whose id is not the one asked for is set aside, never adopted. Thread-safe.
 */
public final class LogStore implements AutoCloseable {

    /**
     * Locks and reads the directories, creates their identity when they are empty. Logs are opened (and recovered) one by one
     * later, by {@link #openOrCreate}.
     *
     * @param files every file operation goes through it
     * @param wallClock for timestamps and retention
     * @param dirFailed told once when a log dir has gone offline because of an I/O error
     * @throws LogStoreException one line for the operator: another cluster or node, formatted by Apache Kafka, locked by
     *     another process, not writable
     */
    public static LogStore open(
            LogStoreConfig config,
            io.klamm.storage.io.LogFiles files,
            Clock wallClock,
            BiConsumer<Path, IOException> dirFailed) {
        throw new UnsupportedOperationException();
    }

    /** Ids of the log dirs that are online. */
    public List<Uuid> directoryIds() {
        throw new UnsupportedOperationException();
    }

    /**
     * The broker epoch in the clean-shutdown marks as found at open, -1 unless every dir has the same mark. The marks are
     * removed by open: from then on a crash is an unclean stop.
     */
    public long cleanShutdownBrokerEpoch() {
        throw new UnsupportedOperationException();
    }

    /** The log if it is open. */
    public @Nullable PartitionLog get(Uuid topicId, int partition) {
        throw new UnsupportedOperationException();
    }

    /**
     * Opens the log, recovering it when the last stop was unclean, or creates it in the online dir with the fewest logs.
     *
     * @throws LogDirOfflineException when its dir is offline
     */
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config)
            throws LogDirOfflineException {
        throw new UnsupportedOperationException();
    }

    /** Removes the log from the store and its files from the disk (renamed first, deleted in the background). */
    public void delete(Uuid topicId, int partition) {
        throw new UnsupportedOperationException();
    }

    /** Every log folder found on disk that no {@link #openOrCreate} has claimed; for deleting topics removed while down. */
    public List<StrayLog> strays() {
        throw new UnsupportedOperationException();
    }

    /** @param topicId id in the folder's file */
    public record StrayLog(String topic, Uuid topicId, int partition) {}

    /** Removes a stray's files like {@link #delete}. */
    public void deleteStray(StrayLog stray) {
        throw new UnsupportedOperationException();
    }

    public Collection<PartitionLog> logs() {
        throw new UnsupportedOperationException();
    }

    /** Flushes dirty data, rolls and checkpoints; called from time to time by the owner's scheduler, never by an event loop. */
    public void maintain() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops cleanly: flushes all logs, writes checkpoints and then the clean-shutdown mark with this broker epoch.
     *
     * @param brokerEpoch epoch of this incarnation's registration; -1 leaves no mark
     */
    public void closeCleanly(long brokerEpoch) {
        throw new UnsupportedOperationException();
    }

    /** Closes files without a clean-shutdown mark. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
