/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** The files of replicas, compared byte by byte: what is committed is the same on all nodes, base offsets and epochs included. */
public final class ReplicaFiles {
    private ReplicaFiles() {}

    private static final int LENGTH_AT = 8;
    private static final int EPOCH_AT = 12;
    private static final int CRC_AT = 17;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int HEADER_BYTES = 61;

    /**
     * Digest of the log of one partition on a stopped node: its segments, in order, as one stream of bytes.
     *
     * @param dataDirectory the node's log dir
     */
    public static String digest(Path dataDirectory, String topic, int partition) {
        Path folder = dataDirectory.resolve(topic + "-" + partition);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path segment : segments(folder)) {
                digest.update(Files.readAllBytes(segment));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the replica in " + folder, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The batches of one partition on a stopped node, in the order of the files. Reads the format by itself: what is under test shall not
     * judge itself.
     *
     * @param dataDirectory the node's log dir
     */
    public static List<StoredBatch> batches(Path dataDirectory, TopicPartition partition) {
        Path folder = dataDirectory.resolve(partition.toString());
        List<StoredBatch> batches = new ArrayList<>();
        try {
            for (Path segment : segments(folder)) {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
                for (int at = 0; at + HEADER_BYTES <= bytes.limit(); ) {
                    long baseOffset = bytes.getLong(at);
                    batches.add(new StoredBatch(
                            baseOffset,
                            baseOffset + bytes.getInt(at + LAST_OFFSET_DELTA_AT),
                            bytes.getInt(at + EPOCH_AT),
                            Integer.toUnsignedLong(bytes.getInt(at + CRC_AT))));
                    int length = bytes.getInt(at + LENGTH_AT);
                    if (length < HEADER_BYTES - EPOCH_AT) {
                        throw new IOException(segment + " has no batch at byte " + at);
                    }
                    at += EPOCH_AT + length;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the replica in " + folder, e);
        }
        return batches;
    }

    private static List<Path> segments(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }
}
