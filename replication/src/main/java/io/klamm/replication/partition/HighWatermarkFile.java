/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import io.klamm.metadata.image.PartitionId;
import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One small file for all partitions of a node, written whole: magic, format version, count, (topic id, partition, high watermark) each,
 * CRC32C of all before. A damaged file is left aside with a warning: the high watermarks start at the log starts then.
 */
public final class HighWatermarkFile implements HighWatermarks {
    private static final Logger logger = LoggerFactory.getLogger(HighWatermarkFile.class);
    private static final int MAGIC = 0x4b4c4857; // "KLHW"
    private static final short FORMAT_VERSION = 0;
    private static final int HEADER_BYTES = Integer.BYTES + Short.BYTES + Integer.BYTES;
    private static final int ENTRY_BYTES = 2 * Long.BYTES + Integer.BYTES + Long.BYTES;
    /** Two million partitions: what is larger is none of ours. */
    private static final long MAX_BYTES = 64 << 20;

    private final LogFiles files;
    private final Path file;

    public HighWatermarkFile(LogFiles files, Path file) {
        this.files = files;
        this.file = file;
    }

    @Override
    public Map<PartitionId, Long> load() {
        try {
            return files.exists(file) ? read() : Map.of();
        } catch (IOException e) {
            logger.warn("{} is left aside: {}", file, e.toString());
            return Map.of();
        }
    }

    /** @throws IOException when there is no such file, or it is damaged */
    public Map<PartitionId, Long> read() throws IOException {
        ByteBuffer content;
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            long size = files.size(file);
            if (size > MAX_BYTES) {
                throw new IOException(size + " bytes, more than " + MAX_BYTES);
            }
            content = ByteBuffer.allocate((int) size);
            files.read(channel, content, 0);
        }
        content.flip();
        if (content.limit() < HEADER_BYTES) {
            throw new IOException("torn");
        }
        if (content.getInt() != MAGIC) {
            throw new IOException("not a high watermark file");
        }
        short version = content.getShort();
        if (version != FORMAT_VERSION) {
            throw new IOException("format version " + version + " is not known");
        }
        int count = content.getInt();
        if (count < 0 || content.limit() != HEADER_BYTES + (long) count * ENTRY_BYTES + Integer.BYTES) {
            throw new IOException("torn");
        }
        if (content.getInt(content.limit() - Integer.BYTES) != crc(content, content.limit() - Integer.BYTES)) {
            throw new IOException("wrong CRC");
        }
        Map<PartitionId, Long> offsets = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            Uuid topicId = new Uuid(content.getLong(), content.getLong());
            offsets.put(new PartitionId(topicId, content.getInt()), content.getLong());
        }
        return offsets;
    }

    @Override
    public void save(Map<PartitionId, Long> offsets) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(HEADER_BYTES + offsets.size() * ENTRY_BYTES + Integer.BYTES);
        content.putInt(MAGIC).putShort(FORMAT_VERSION).putInt(offsets.size());
        new TreeMap<>(offsets)
                .forEach((id, offset) -> content.putLong(id.topicId().getMostSignificantBits())
                        .putLong(id.topicId().getLeastSignificantBits())
                        .putInt(id.partition())
                        .putLong(offset));
        content.putInt(crc(content, content.position())).flip();
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = files.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            files.write(channel, content, 0);
            files.force(channel, true);
        }
        files.rename(temporary, file);
    }

    private static int crc(ByteBuffer content, int length) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }
}
