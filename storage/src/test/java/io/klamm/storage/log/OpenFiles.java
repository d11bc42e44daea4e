/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what was opened. */
final class OpenFiles extends FaultyFiles {
    final List<Path> paths = new CopyOnWriteArrayList<>();
    private final List<FileChannel> opened = new CopyOnWriteArrayList<>();

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        FileChannel channel = super.open(file, options);
        opened.add(channel);
        paths.add(file);
        return channel;
    }

    /** Names of the files that are open. */
    List<Path> open() {
        List<Path> open = new ArrayList<>();
        for (int i = 0; i < opened.size(); i++) {
            if (opened.get(i).isOpen()) {
                open.add(paths.get(i).getFileName());
            }
        }
        return open;
    }
}
