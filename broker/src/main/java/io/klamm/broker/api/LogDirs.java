/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.log.LogDirStatus;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The log dirs of this node, for those who ask for them (KIP-113). Thread-safe. */
public interface LogDirs {
    /** Never blocks. */
    List<LogDirStatus> directories();

    /**
     * A copy on its way to another dir.
     *
     * @param directory where it will be
     * @param logEndOffset how far it has come, exclusive
     */
    record Moving(Path directory, long sizeInBytes, long logEndOffset) {}

    /** Null when the partition is not being moved. Never blocks. */
    @Nullable
    Moving moving(PartitionId id);

    /**
     * Begins to move this node's replica, or ends a move when it is told to stay where it is. May wait for disks.
     *
     * @return NONE when it will be done, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR when one of the dirs is offline,
     *     REPLICA_NOT_AVAILABLE when there is no replica here
     */
    Errors move(PartitionId id, Path directory);
}
