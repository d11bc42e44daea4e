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
 * How far compaction has been through the logs of one dir. Where it is not known, a log is cleaned from its start. Thread-safe.
 */
final class CleanedEnds {
    private static final Logger LOG = LoggerFactory.getLogger(CleanedEnds.class);
    static final String FILE = "cleaner-offset-checkpoint";
    private static final int VERSION = 1;

    private final CheckpointFile file;
    private final Map<String, End> ends = new ConcurrentSkipListMap<>();

    private record End(Uuid topicId, long offset) {}

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
            ends.put(fields[0], new End(Uuid.fromString(fields[1]), Long.parseLong(fields[2])));
        }
    }

    /** Exclusive; 0 when it is not known. */
    long get(String folder, Uuid topicId) {
        End end = ends.get(folder);
        return end == null || !end.topicId().equals(topicId) ? 0 : end.offset();
    }

    /** On disk when this returns. */
    void moved(String folder, Uuid topicId, long offset) throws IOException {
        synchronized (file) {
            ends.put(folder, new End(topicId, offset));
            List<String> lines = new ArrayList<>(ends.size());
            ends.forEach((name, end) -> lines.add(name + " " + end.topicId() + " " + end.offset()));
            file.write(lines);
        }
    }

    void forget(String folder) {
        ends.remove(folder);
    }

    /** Forgets logs that are no longer there. */
    void retain(Predicate<String> folder) {
        ends.keySet().removeIf(folder.negate());
    }
}
