/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogPlace;
import io.klamm.storage.log.LogStore;
import io.klamm.storage.log.LogStore.StrayLog;
import io.klamm.storage.log.PartitionLog;
import java.util.List;
import org.apache.kafka.common.Uuid;

/** What the registry needs of a {@link LogStore}; a simulation has its own. Thread-safe. */
public interface ReplicaLogs {
    PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
            throws LogDirOfflineException;

    void delete(Uuid topicId, int partition);

    /** Folders on disk that nobody has opened. */
    List<StrayLog> strays();

    void deleteStray(StrayLog stray);

    static ReplicaLogs of(LogStore store) {
        return new ReplicaLogs() {
            @Override
            public PartitionLog openOrCreate(
                    String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
                    throws LogDirOfflineException {
                return store.openOrCreate(topic, topicId, partition, config, place);
            }

            @Override
            public void delete(Uuid topicId, int partition) {
                store.delete(topicId, partition);
            }

            @Override
            public List<StrayLog> strays() {
                return store.strays();
            }

            @Override
            public void deleteStray(StrayLog stray) {
                store.deleteStray(stray);
            }
        };
    }
}
