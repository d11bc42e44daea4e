/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.simulation;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.model.InMemoryLog;
import io.klamm.replication.model.InMemoryLogs;
import io.klamm.replication.partition.ReplicaLogs;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogPlace;
import io.klamm.storage.log.LogStore.StrayLog;
import io.klamm.storage.log.PartitionLog;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/** The logs of a node on a disk that syncs when it is told to. */
final class SimLogs implements ReplicaLogs {
    private final InMemoryLogs logs;
    private final Consumer<PartitionId> opened;

    SimLogs(InMemoryLogs logs, Consumer<PartitionId> opened) {
        this.logs = logs;
        this.opened = opened;
    }

    @Override
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
            throws LogDirOfflineException {
        PartitionLog log = logs.openOrCreate(topic, topicId, partition, config, place);
        ((InMemoryLog) log).holdFlushes();
        opened.accept(new PartitionId(topicId, partition));
        return log;
    }

    @Override
    public void delete(Uuid topicId, int partition) {
        logs.delete(topicId, partition);
    }

    @Override
    public List<StrayLog> strays() {
        return logs.strays();
    }

    @Override
    public void deleteStray(StrayLog stray) {
        logs.deleteStray(stray);
    }
}
