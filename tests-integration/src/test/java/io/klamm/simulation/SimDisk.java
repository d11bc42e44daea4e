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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The log dirs of a machine, as {@link io.klamm.storage.log.LogStore} keeps them: where logs are found and created, which dirs work, and
 * the clean-shutdown mark of each. A dir that has failed works again when it was repaired and the process is another one.
 */
final class SimDisk implements ReplicaLogs {
    private static final class Dir {
        private final Uuid id;
        private InMemoryLogs logs;
        /** Broker epoch in the mark, -1 without one. */
        private long cleanEpoch = -1;

        private boolean failed;
        /** What it had not synced is gone when it works again. */
        private boolean loses;

        private Dir(Uuid id) {
            this.id = id;
            this.logs = new InMemoryLogs(id);
        }
    }

    private final List<Dir> all = new ArrayList<>();
    /** Those that this process has found. */
    private List<Dir> found = List.of();

    private boolean begun;
    private long cleanEpoch = -1;

    SimDisk(int nodeId, int dirs) {
        for (int i = 0; i < dirs; i++) {
            all.add(new Dir(new Uuid(11 + i, nodeId)));
        }
    }

    /** What was not synced is gone. */
    void losePower() {
        all.forEach(dir -> dir.loses = true);
    }

    /** A new process begins on it. */
    void reopen() {
        found = all.stream().filter(dir -> !dir.failed).toList();
        for (Dir dir : found) {
            dir.logs = dir.logs.reopen(dir.loses);
            dir.loses = false;
        }
        begun = false;
        cleanEpoch = found.get(0).cleanEpoch;
        for (Dir dir : found) {
            cleanEpoch = dir.cleanEpoch == cleanEpoch ? cleanEpoch : -1;
        }
    }

    /** Dirs that work. */
    List<Uuid> online() {
        return found.stream().filter(dir -> !dir.failed).map(dir -> dir.id).toList();
    }

    /** Whether something will be gone when the next process begins. */
    boolean isLosing() {
        return all.stream().anyMatch(dir -> dir.loses);
    }

    boolean anyFailed() {
        return all.stream().anyMatch(dir -> dir.failed);
    }

    /** Broker epoch that all marks agree on, -1 after an unclean stop. */
    long cleanEpoch() {
        return cleanEpoch;
    }

    /**
     * Every access fails from now on.
     *
     * @param loses whether it comes back without what was not synced
     * @return the dir
     */
    Uuid fail(int which, boolean loses) {
        List<Dir> working = found.stream().filter(dir -> !dir.failed).toList();
        Dir dir = working.get(which % working.size());
        dir.failed = true;
        dir.loses |= loses;
        dir.logs.fail();
        return dir.id;
    }

    /** Somebody has repaired what had failed; the next process finds it. */
    void repair() {
        all.forEach(dir -> dir.failed = false);
    }

    /**
     * Where several dirs hold a copy, it is the one that a process would open.
     *
     * @param assigned dir that the metadata names
     */
    @Nullable
    InMemoryLog log(PartitionId id, Uuid assigned) {
        return all.stream()
                .filter(dir -> dir.logs.log(id) != null)
                .min(Comparator.<Dir, Boolean>comparing(dir -> dir.failed)
                        .thenComparing(dir -> !dir.id.equals(assigned)))
                .map(dir -> dir.logs.log(id))
                .orElse(null);
    }

    /** Forces all that works. */
    void flush() {
        for (Dir dir : found) {
            if (!dir.failed) {
                dir.logs.flush();
            }
        }
    }

    /** The last act of a clean stop. */
    void closeCleanly(long brokerEpoch) {
        flush();
        for (Dir dir : found) {
            if (!dir.failed) {
                dir.cleanEpoch = brokerEpoch >= 0 ? brokerEpoch : cleanEpoch;
            }
        }
    }

    @Override
    public PartitionLog openOrCreate(String topic, Uuid topicId, int partition, LogConfig config, LogPlace place)
            throws LogDirOfflineException {
        if (!begun) {
            begun = true;
            found.forEach(dir -> dir.cleanEpoch = -1);
        }
        InMemoryLog log = (InMemoryLog) dirOf(new PartitionId(topicId, partition), place)
                .logs
                .openOrCreate(topic, topicId, partition, config, place);
        log.holdFlushes();
        return log;
    }

    private Dir dirOf(PartitionId id, LogPlace place) throws LogDirOfflineException {
        List<Dir> online = found.stream().filter(dir -> !dir.failed).toList();
        List<Dir> holding = online.stream()
                .filter(dir -> dir.logs.log(id) != null)
                .sorted(Comparator.comparing(dir -> !dir.id.equals(place.assigned())))
                .toList();
        Optional<Dir> holds = holding.stream().findFirst();
        // A copy in another dir is set aside.
        holding.stream().skip(1).forEach(dir -> dir.logs.delete(id.topicId(), id.partition()));
        Optional<Dir> assigned =
                online.stream().filter(dir -> dir.id.equals(place.assigned())).findFirst();
        if (holds.isEmpty() && assigned.isEmpty() && !place.isNew() && online.size() < all.size()) {
            throw new LogDirOfflineException(id + " may be in a log dir that is offline", null);
        }
        return holds.or(() -> assigned)
                .or(() -> online.stream().min(Comparator.comparingInt(dir -> dir.logs.size())))
                .orElseThrow(() -> new LogDirOfflineException("no log dir is online", null));
    }

    @Override
    public void delete(Uuid topicId, int partition) {
        for (Dir dir : found) {
            if (!dir.failed && dir.logs.log(new PartitionId(topicId, partition)) != null) {
                dir.logs.delete(topicId, partition);
            }
        }
    }

    @Override
    public List<StrayLog> strays() {
        return found.stream()
                .filter(dir -> !dir.failed)
                .flatMap(dir -> dir.logs.strays().stream())
                .toList();
    }

    @Override
    public void deleteStray(StrayLog stray) {
        delete(stray.topicId(), stray.partition());
    }
}
