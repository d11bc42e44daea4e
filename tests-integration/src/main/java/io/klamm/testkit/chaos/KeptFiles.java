/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** What stays of a run in which all promises held: its page, and its history, compressed, which rules of later days can judge. */
final class KeptFiles {
    private KeptFiles() {}

    static void ofGoodRun(Path directory) throws IOException {
        Path history = directory.resolve(ChaosRun.HISTORY);
        Path compressed = directory.resolve(ChaosRun.COMPRESSED_HISTORY);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            Files.copy(history, out);
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            if (!file.equals(directory)
                    && !file.equals(compressed)
                    && !file.equals(directory.resolve(ChaosRun.REPORT))) {
                Files.delete(file);
            }
        }
    }
}
