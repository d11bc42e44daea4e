/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What the checkpoints say of one log, read without a lock and without changing anything; for tools. Those of a running node lag
 * behind it and never lie ahead.
 *
 * @param topicId null when its file is missing or damaged
 * @param recoveryPoint null when there is none for this log: it would be checked from its beginning
 * @param logStart lowest offset that clients may read, as far as the checkpoint knows
 * @param epochs null when the file is missing or damaged: the node would read the epochs from the batches
 */
public record LogCheckpoints(
        @Nullable Uuid topicId,
        @Nullable RecoveryPoint recoveryPoint,
        long logStart,
        @Nullable Epochs epochs) {
    /** The leader epochs of a log. */
    public interface Epochs {
        /** Epoch of the record at the offset, -1 when unknown. */
        int epochAt(long offset);

        /** Last epoch, -1 when there is none. */
        int last();
    }

    /**
     * @param dir the log dir
     * @param folder the log's folder in it
     */
    public static LogCheckpoints read(LogFiles files, Path dir, Path folder) throws IOException {
        // In this order: epochs are written before the recovery point that relies on them.
        DirCheckpoints checkpoints = new DirCheckpoints(files, dir);
        checkpoints.load(DirCheckpoints.Sizes.NONE);
        LogFolder log = new LogFolder(files, folder);
        Uuid id = log.readTopicId();
        LeaderEpochs epochs = new LeaderEpochs(files, folder);
        boolean found = epochs.load().whole();
        RecoveryPoint point = id == null ? null : checkpoints.recoveryPoint(log.name(), id);
        return new LogCheckpoints(
                id, point, id == null ? 0 : checkpoints.logStart(log.name(), id), found ? view(epochs) : null);
    }

    private static Epochs view(LeaderEpochs epochs) {
        return new Epochs() {
            @Override
            public int epochAt(long offset) {
                return epochs.epochAt(offset);
            }

            @Override
            public int last() {
                return epochs.last();
            }
        };
    }

    /** Whether a folder's name is that of a log: a topic, a hyphen, a partition. */
    public static boolean isLogName(String folder) {
        return StoreDir.partitionOf(folder) >= 0;
    }
}
