/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.checkpoint.CheckpointFile;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The folder of one log and the file in it that says whose log it is. */
final class LogFolder {
    static final String METADATA_FILE = "partition.metadata";
    private static final int VERSION = 1;

    private final LogFiles files;
    private final Path path;
    private boolean durable;
    private boolean created;

    LogFolder(LogFiles files, Path path) {
        this.files = files;
        this.path = path;
    }

    Path path() {
        return path;
    }

    String name() {
        return path.getFileName().toString();
    }

    /** @return the id in the folder's file; null when it is missing or damaged */
    @Nullable
    Uuid readTopicId() throws IOException {
        List<String> lines = metadata().read();
        if (lines == null || lines.size() != 1 || !lines.get(0).startsWith("topic-id ")) {
            return null;
        }
        try {
            return Uuid.fromString(lines.get(0).substring("topic-id ".length()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Creates the folder. Not forced: thousands may be created at once; see {@link #ensureDurable}. */
    void create(Uuid topicId) throws IOException {
        created = true;
        files.createDirectories(path);
        metadata().writeUnforced(List.of("topic-id " + topicId));
    }

    /** An earlier process has called records in it durable. No effect on one that was created since. */
    void foundDurable() {
        durable = !created;
    }

    /** Forces the folder and its file once; before the log calls any record durable. Flush lock. */
    void ensureDurable() throws IOException {
        if (durable) {
            return;
        }
        metadata().force();
        files.syncDirectory(path);
        Path parent = path.getParent();
        if (parent != null) {
            files.syncDirectory(parent);
        }
        durable = true;
    }

    private CheckpointFile metadata() {
        return new CheckpointFile(files, path.resolve(METADATA_FILE), "partition", VERSION);
    }
}
