/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.batch;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of one batch as objects, one after the other. For markers and tools; whoever looks at many records takes
 * {@link RecordWalk} or {@link RecordScanner}. Used once; not thread-safe.
 */
public final class RecordIterator {
    private final RecordScanner records;

    /** One record; absent key and value are null. */
    public record Entry(
            long offset,
            long timestampMs,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<Header> headers) {}

    public record Header(String key, @Nullable ByteBuffer value) {}

    /**
     * @param whole holds the whole batch, which was found sound by {@link BatchStructure}
     * @param start absolute position of its first byte
     * @param maxBytes bound of what may come out of the codec; nothing bounds records that are not compressed
     */
    public RecordIterator(ByteBuffer whole, int start, long maxBytes) throws CorruptRecordsException {
        this.records = new RecordScanner(maxBytes);
        records.open(whole, start);
    }

    /** @return the next record, or null behind the last one, where the batch must end */
    public @Nullable Entry next() throws CorruptRecordsException {
        if (!records.next()) {
            return null;
        }
        int from = records.keyStart();
        ByteBuffer fields = ByteBuffer.wrap(records.bytes(), from, records.recordEnd() - from);
        ByteBuffer key = field(fields, records.keyLength());
        ByteBuffer value = field(fields, Varints.readInt(fields));
        return new Entry(records.offset(), records.timestampMs(), key, value, headers(fields));
    }

    /** The scanner has found lengths and counts sound. */
    private static List<Header> headers(ByteBuffer fields) throws CorruptRecordsException {
        int count = Varints.readInt(fields);
        List<Header> headers = count == 0 ? List.of() : new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int nameLength = Varints.readInt(fields);
            String name = StandardCharsets.UTF_8
                    .decode(fields.slice(fields.position(), nameLength))
                    .toString();
            fields.position(fields.position() + nameLength);
            headers.add(new Header(name, field(fields, Varints.readInt(fields))));
        }
        return headers;
    }

    private static @Nullable ByteBuffer field(ByteBuffer fields, int length) {
        if (length < 0) {
            return null;
        }
        ByteBuffer field = fields.slice(fields.position(), length);
        fields.position(fields.position() + length);
        return field;
    }
}
