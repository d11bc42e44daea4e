/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.metadata.image.PartitionId;
import io.klamm.replication.partition.ReplicaLogs;
import io.klamm.storage.log.LogConfig;
import io.klamm.storage.log.LogDirOfflineException;
import io.klamm.storage.log.LogPlace;
import io.klamm.storage.log.LogStore.StrayLog;
import io.klamm.storage.log.PartitionLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/** The logs of one node. */
public final class InMemoryLogs implements ReplicaLogs {
    private final Map<PartitionId, InMemoryLog> logs = new TreeMap<>();
    private final Set<PartitionId> opened = new TreeSet<>();
    private final Uuid directoryId;
    public final List<PartitionId> deleted = new ArrayList<>();
    public boolean failing;
    /** No log is made, nor opened, for want of room. */
    public boolean full;

    public InMemoryLogs(Uuid directoryId) {
        this.directoryId = directoryId;
    }

    /** What the next process finds. */
    public InMemoryLogs reopen(boolean powerLost) {
        InMemoryLogs next = new InMemoryLogs(directoryId);
        logs.forEach((id, log) -> next.logs.put(id, log.reopen(powerLost)));
        return next;
    }

    public int size() {
        return logs.size();
    }

    /** Every call fails from now on. */
    public void fail() {
        failing = true;
        logs.values().forEach(InMemoryLog::fail);
    }

    /** Forces everything to disk. */
    public void flush() {
        for (InMemoryLog log : logs.values()) {
            if (log.flushedEndOffset() < log.logEndOffset()) {
                try {
                    log.flush();
                } catch (LogDirOfflineException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    public InMemoryLog log(PartitionId id) {
        return logs.get(id);
    }

    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config)
            throws LogDirOfflineException {
        return openOrCreate(topic, topicId, partition, config, LogPlace.ANY);
    }

    @Override
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
            throws LogDirOfflineException {
        if (failing) {
            throw new LogDirOfflineException("the disk has failed", new IOException("Input/output error"));
        }
        if (full) {
            throw LogDirOfflineException.noRoom("the disk is full", new IOException("No space left on device"));
        }
        PartitionId id = new PartitionId(topicId, partition);
        opened.add(id);
        return logs.computeIfAbsent(id, any -> new InMemoryLog(topic, topicId, partition, directoryId, config));
    }

    @Override
    public void delete(Uuid topicId, int partition) {
        PartitionId id = new PartitionId(topicId, partition);
        logs.remove(id);
        opened.remove(id);
        deleted.add(id);
    }

    @Override
    public List<StrayLog> strays() {
        return logs.entrySet().stream()
                .filter(entry -> !opened.contains(entry.getKey()))
                .map(entry -> new StrayLog(
                        entry.getValue().topic(),
                        entry.getKey().topicId(),
                        entry.getKey().partition()))
                .toList();
    }

    @Override
    public void deleteStray(StrayLog stray) {
        delete(stray.topicId(), stray.partition());
    }
}
