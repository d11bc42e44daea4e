/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.lifecycle;

import io.klamm.broker.api.LogDirs;
import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.ReplicaMoves;
import io.klamm.storage.log.FutureLog;
import io.klamm.storage.log.LogDirStatus;
import io.klamm.storage.log.LogStore;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The log dirs of this node and the moves between them. */
final class NodeLogDirs implements LogDirs {
    private final LogStore logs;
    private final ReplicaMoves moves;

    NodeLogDirs(LogStore logs, ReplicaMoves moves) {
        this.logs = logs;
        this.moves = moves;
    }

    @Override
    public List<LogDirStatus> directories() {
        return logs.directories();
    }

    @Override
    public @Nullable Moving moving(PartitionId id) {
        FutureLog future = moves.moving(id);
        return future == null ? null : new Moving(future.directory(), future.sizeInBytes(), future.logEndOffset());
    }

    @Override
    public Errors move(PartitionId id, Path directory) {
        for (LogDirStatus each : logs.directories()) {
            if (each.path().equals(directory)) {
                return each.online() ? moves.begin(id, each.id()) : Errors.KAFKA_STORAGE_ERROR;
            }
        }
        return Errors.LOG_DIR_NOT_FOUND;
    }
}
