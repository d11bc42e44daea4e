/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the file of an index as it is, damaged or not, for tools. Changes nothing; memory does not follow the file's size. */
public final class IndexReader {
    private static final int CHUNK_ENTRIES = 4096;
    private static final int CHECK_BYTES = 4;

    private IndexReader() {}

    /** The kinds of indexes. */
    public enum Kind {
        OFFSET(OffsetIndex.MAGIC, OffsetIndex.ENTRY_BYTES),
        TIME(TimeIndex.MAGIC, TimeIndex.ENTRY_BYTES),
        TRANSACTION(TransactionIndex.MAGIC, TransactionIndex.ENTRY_BYTES);

        private static final Map<Integer, Kind> BY_MAGIC =
                Map.of(OFFSET.magic, OFFSET, TIME.magic, TIME, TRANSACTION.magic, TRANSACTION);

        private final int magic;
        private final int entryBytes;

        Kind(int magic, int entryBytes) {
            this.magic = magic;
            this.entryBytes = entryBytes;
        }
    }

    /**
     * @param kind null when the file does not begin as an index does
     * @param baseOffset of the segment, as the file says
     * @param problem what is wrong with the header, null when it is sound; without a sound one no entry is read
     */
    public record Header(
            @Nullable Kind kind, long baseOffset, @Nullable String problem) {}

    /** Takes the entries one by one. Positions are those in the file; relative offsets count from the segment's base offset. */
    public interface Visitor {
        void header(Header header);

        /** @param relativeOffset unsigned */
        void offsetEntry(long position, long relativeOffset, long segmentPosition);

        void timeEntry(long position, long maxTimestampMs, long relativeOffset);

        void transactionEntry(long position, AbortedTransaction transaction);

        /** An entry with a wrong check sum, or bytes at the end that are no whole entry. */
        void damage(long position, String problem);
    }

    /** Reads a file that exists, to its end. */
    public static void read(LogFiles files, Path path, Visitor visitor) throws IOException {
        try (FileChannel channel = files.open(path, StandardOpenOption.READ)) {
            ByteBuffer head = ByteBuffer.allocate(IndexFile.HEADER_BYTES);
            files.read(channel, head, 0);
            Header header = header(head.flip());
            visitor.header(header);
            Kind kind = header.kind();
            if (kind != null && header.problem() == null) {
                entries(files, channel, kind, visitor);
            }
        }
    }

    private static Header header(ByteBuffer in) {
        if (in.remaining() < IndexFile.HEADER_BYTES) {
            return new Header(null, -1, "only " + in.remaining() + " bytes, less than a header");
        }
        Kind kind = Kind.BY_MAGIC.get(in.getInt());
        short version = in.getShort();
        short entryBytes = in.getShort();
        long baseOffset = in.getLong();
        String problem = null;
        if (kind == null) {
            problem = "not an index: its first bytes are " + Integer.toHexString(in.getInt(0));
        } else if (version != IndexFile.VERSION) {
            problem = "format version " + version + " instead of " + IndexFile.VERSION;
        } else if (entryBytes != kind.entryBytes) {
            problem = "entries of " + entryBytes + " bytes instead of " + kind.entryBytes;
        }
        return new Header(kind, baseOffset, problem);
    }

    private static void entries(LogFiles files, FileChannel channel, Kind kind, Visitor visitor) throws IOException {
        long position = IndexFile.HEADER_BYTES;
        long left = Math.max(0, channel.size() - position);
        ByteBuffer chunk =
                ByteBuffer.allocate((int) Math.min((long) CHUNK_ENTRIES * kind.entryBytes, left + kind.entryBytes));
        while (true) {
            chunk.clear();
            files.read(channel, chunk, position);
            chunk.flip();
            while (chunk.remaining() >= kind.entryBytes) {
                entry(kind, chunk.slice(chunk.position(), kind.entryBytes), position, visitor);
                chunk.position(chunk.position() + kind.entryBytes);
                position += kind.entryBytes;
            }
            if (chunk.limit() < chunk.capacity()) {
                if (chunk.hasRemaining()) {
                    visitor.damage(position, chunk.remaining() + " bytes that are no whole entry");
                }
                return;
            }
        }
    }

    private static void entry(Kind kind, ByteBuffer entry, long position, Visitor visitor) {
        if (kind == Kind.OFFSET) {
            visitor.offsetEntry(
                    position, Integer.toUnsignedLong(entry.getInt()), Integer.toUnsignedLong(entry.getInt()));
            return;
        }
        CRC32C crc = new CRC32C();
        int covered = kind.entryBytes - CHECK_BYTES;
        crc.update(entry.slice(0, covered));
        if ((int) crc.getValue() != entry.getInt(covered)) {
            visitor.damage(
                    position,
                    "check sum " + Integer.toHexString(entry.getInt(covered)) + " where "
                            + Integer.toHexString((int) crc.getValue()) + " fits");
        } else if (kind == Kind.TIME) {
            visitor.timeEntry(position, entry.getLong(), entry.getInt());
        } else {
            visitor.transactionEntry(
                    position,
                    new AbortedTransaction(entry.getLong(), entry.getLong(), entry.getLong(), entry.getLong()));
        }
    }
}
