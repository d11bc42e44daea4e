/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/** File operations of the logs. {@link #SYSTEM} is the real one; tests pass one that fails, tears or forgets. */
public interface LogFiles {
    LogFiles SYSTEM = new SystemLogFiles();

    FileChannel open(Path file, OpenOption... options) throws IOException;

    /** Renames atomically within one file system and syncs the folder. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file if it is there. */
    void delete(Path file) throws IOException;

    void createDirectories(Path directory) throws IOException;

    /** Forces a folder's entries to disk. */
    void syncDirectory(Path directory) throws IOException;

    List<Path> list(Path directory) throws IOException;

    boolean exists(Path path);

    long size(Path file) throws IOException;

    /** Forces a file's data to disk. */
    void force(FileChannel channel, boolean metadata) throws IOException;
}
