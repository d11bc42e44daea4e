/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** The files of replicas, compared byte by byte: what is committed is the same on all nodes, base offsets and epochs included. */
public final class ReplicaFiles {
    private ReplicaFiles() {}

    /**
     * Digest of the log of one partition on a stopped node: its segments, in order, as one stream of bytes.
     *
     * @param dataDirectory the node's log dir
     */
    public static String digest(Path dataDirectory, String topic, int partition) {
        Path folder = dataDirectory.resolve(topic + "-" + partition);
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> segments = files.filter(
                            file -> file.getFileName().toString().endsWith(".log"))
                    .sorted()
                    .toList();
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path segment : segments) {
                digest.update(Files.readAllBytes(segment));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the replica in " + folder, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
