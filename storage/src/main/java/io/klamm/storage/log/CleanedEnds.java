/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far compaction has been through the logs of one dir, and until when it has something left to do there. Where that is not known, a
 * log is cleaned from its start. Thread-safe.
 */
final class CleanedEnds {
    private static final Logger LOG = LoggerFactory.getLogger(CleanedEnds.class);
    static final String FILE = "cleaner-offset-checkpoint";
    private static final int VERSION = 2;

    private final CheckpointFile file;
    private final Map<String, Entry> ends = new ConcurrentSkipListMap<>();
    /** The file does not say what is known; the file's monitor. */
    private boolean owing;

    private record Entry(Uuid topicId, End end) {}

    /**
     * What cleanings have reached in one log.
     *
     * @param offset exclusive end of what they have been through
     * @param latestHorizonMs wall time from which on everything that they kept only for a while may go: tombstones and markers with a
     *     delete horizon (KIP-534). {@link Long#MAX_VALUE} when there is nothing of the kind
     */
    record End(long offset, long latestHorizonMs) {
        static final End NONE = new End(0, Long.MAX_VALUE);
    }

    CleanedEnds(LogFiles files, Path dir) {
        this.file = new CheckpointFile(files, dir.resolve(FILE), "cleaned-ends", VERSION);
    }

    void load() throws IOException {
        List<String> lines = file.read();
        if (lines == null && file.exists()) {
            LOG.warn("{} is damaged and counts as missing: compacted logs are cleaned from their start", file.path());
        }
        for (String line : lines == null ? List.<String>of() : lines) {
            String[] fields = line.split(" ", -1);
            try {
                End end = new End(Long.parseLong(fields[2]), Long.parseLong(fields[3]));
                ends.put(fields[0], new Entry(Uuid.fromString(fields[1]), end));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                LOG.warn("{}: a line is left out, it does not follow the format: {}", file.path(), line);
            }
        }
    }

    End get(String folder, Uuid topicId) {
        Entry entry = ends.get(folder);
        return entry == null || !entry.topicId().equals(topicId) ? End.NONE : entry.end();
    }

    /** On disk when this returns. */
    void moved(String folder, Uuid topicId, End end) throws IOException {
        synchronized (file) {
            ends.put(folder, new Entry(topicId, end));
            owing = true; // until it is written
            write();
        }
    }

    /** The file's monitor. */
    private void write() throws IOException {
        List<String> lines = new ArrayList<>(ends.size());
        ends.forEach((name, entry) -> lines.add(name + " " + entry.topicId() + " "
                + entry.end().offset() + " " + entry.end().latestHorizonMs()));
        file.write(lines);
        owing = false;
    }

    /** Said in memory; on disk with the next {@link #settle}. */
    void forget(String folder) {
        synchronized (file) {
            owing |= ends.remove(folder) != null;
        }
    }

    /** Forgets logs that are no longer there: in memory; on disk with the next {@link #settle}. */
    void retain(Predicate<String> folder) {
        synchronized (file) {
            owing |= ends.keySet().removeIf(folder.negate());
        }
    }

    /**
     * Before a log is made: the file says nothing of one that was forgotten. A replica that comes back has the name and the topic id of the
     * one that has left, and keys that were never looked at would count as cleaned.
     */
    void settle() throws IOException {
        synchronized (file) {
            if (owing) {
                write();
            }
        }
    }
}
