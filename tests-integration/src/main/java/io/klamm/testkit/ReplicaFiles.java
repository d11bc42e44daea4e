/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import io.klamm.testkit.history.ReplicaLog.StoredBatch;
import io.klamm.testkit.history.ReplicaLog.StoredRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** The files of replicas, compared byte by byte: what is committed is the same on all nodes, base offsets and epochs included. */
public final class ReplicaFiles {
    private ReplicaFiles() {}

    private static final int LENGTH_AT = 8;
    private static final int EPOCH_AT = 12;
    private static final int CRC_AT = 17;
    /** The checksum covers what stands behind it. */
    private static final int COVERED_FROM = 21;

    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int HEADER_BYTES = 61;

    /** As many of a digest as tell records apart. */
    private static final int DIGEST_BYTES = 12;

    /**
     * Digest of the log of one partition on a stopped node: its segments, in order, as one stream of bytes.
     *
     * @param dataDirectory the node's log dir
     */
    public static String digest(Path dataDirectory, String topic, int partition) {
        Path folder = dataDirectory.resolve(topic + "-" + partition);
        try {
            MessageDigest digest = sha256();
            for (Path segment : segments(folder)) {
                digest.update(Files.readAllBytes(segment));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the replica in " + folder, e);
        }
    }

    /**
     * What the files of a replica hold.
     *
     * @param damage what stands where a batch should; reading ends there; null when all is whole
     */
    public record Stored(
            List<StoredBatch> batches,
            List<StoredRecord> records,
            @Nullable String damage) {}

    /**
     * The batches of one partition on a stopped node, in the order of the files, each whole and with the checksum that it says. Reads the
     * format by itself: what is under test shall not judge itself.
     *
     * @param dataDirectory the node's log dir
     * @param withRecords whether the records are wanted, too
     */
    public static Stored read(Path dataDirectory, TopicPartition partition, boolean withRecords) {
        Path folder = dataDirectory.resolve(partition.toString());
        List<StoredBatch> batches = new ArrayList<>();
        List<StoredRecord> records = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return new Stored(batches, records, "there is no folder " + folder);
        }
        try {
            for (Path segment : segments(folder)) {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
                for (int at = 0; at < bytes.limit(); ) {
                    String damage = damage(bytes, at);
                    if (damage != null) {
                        return new Stored(batches, records, segment.getFileName() + ", byte " + at + ": " + damage);
                    }
                    int size = EPOCH_AT + bytes.getInt(at + LENGTH_AT);
                    long baseOffset = bytes.getLong(at);
                    batches.add(new StoredBatch(
                            baseOffset,
                            baseOffset + bytes.getInt(at + LAST_OFFSET_DELTA_AT),
                            bytes.getInt(at + EPOCH_AT),
                            Integer.toUnsignedLong(bytes.getInt(at + CRC_AT))));
                    if (withRecords) {
                        addRecords(bytes.slice(at, size), records);
                    }
                    at += size;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the replica in " + folder, e);
        }
        return new Stored(batches, records, null);
    }

    /** What is wrong with the batch at a position; null when nothing is. */
    private static @Nullable String damage(ByteBuffer bytes, int at) {
        int left = bytes.limit() - at;
        if (left < HEADER_BYTES) {
            return left + " bytes, too few for a batch";
        }
        int length = bytes.getInt(at + LENGTH_AT);
        if (length < HEADER_BYTES - EPOCH_AT) {
            return "no batch: its length is " + length;
        }
        if (length > left - EPOCH_AT) {
            return "a batch of " + (EPOCH_AT + (long) length) + " bytes, cut off after " + left;
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(at + COVERED_FROM, EPOCH_AT + length - COVERED_FROM));
        long stored = Integer.toUnsignedLong(bytes.getInt(at + CRC_AT));
        return crc.getValue() == stored
                ? null
                : "the batch from offset " + bytes.getLong(at) + " says that its checksum is " + stored + ", and it is "
                        + crc.getValue();
    }

    private static void addRecords(ByteBuffer bytes, List<StoredRecord> records) {
        for (RecordBatch batch : MemoryRecords.readableRecords(bytes).batches()) {
            if (!batch.isControlBatch()) {
                for (Record each : batch) {
                    records.add(stored(each));
                }
            }
        }
    }

    private static StoredRecord stored(Record found) {
        MessageDigest digest = sha256();
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, found.timestamp()));
        String key = "";
        if (found.hasKey()) {
            ByteBuffer bytes = Objects.requireNonNull(found.key());
            key = Base64.getEncoder().encodeToString(Utils.toArray(bytes));
            digest.update((byte) 1);
            digest.update(bytes.duplicate());
        }
        if (found.hasValue()) {
            digest.update((byte) 2);
            digest.update(Objects.requireNonNull(found.value()));
        }
        for (Header header : found.headers()) {
            digest.update(header.key().getBytes(StandardCharsets.UTF_8));
            if (header.value() != null) {
                digest.update(header.value());
            }
        }
        return new StoredRecord(
                found.offset(), key, HexFormat.of().formatHex(digest.digest(), 0, DIGEST_BYTES), !found.hasValue());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> segments(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }
}
