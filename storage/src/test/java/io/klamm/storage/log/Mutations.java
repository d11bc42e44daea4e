/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.batch.Compression;
import io.klamm.storage.batch.CompressionLevels;
import io.klamm.storage.batch.CorruptRecordsException;
import io.klamm.storage.batch.Recompression;
import io.klamm.storage.batch.RecordBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Sound batches of every kind, and what chance makes of them. */
final class Mutations {
    private static final int LENGTH_AT = 8;
    private static final int CRC_AT = 17;
    private static final int CRC_START = 21;
    /** Where the header's fields begin, and how long they are. */
    private static final int[][] FIELDS = {
        {0, 8}, {8, 4}, {12, 4}, {16, 1}, {17, 4}, {21, 2}, {23, 4}, {27, 8}, {35, 8}, {43, 8}, {51, 2}, {53, 4},
        {57, 4}
    };

    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        2,
        60,
        61,
        127,
        128,
        255,
        256,
        32767,
        32768,
        65535,
        1 << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE - 11,
        Integer.MAX_VALUE - 12,
        -12,
        -13,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MAX_VALUE - 1
    };

    private final Random random;
    private final List<byte[]> corpus = new ArrayList<>();

    Mutations(Random random) {
        this.random = random;
        long now = 1_000_000;
        List<SimpleRecord[]> contents = List.of(
                new SimpleRecord[] {new SimpleRecord(now, bytes("key"), bytes("value"))},
                new SimpleRecord[] {
                    new SimpleRecord(now, null, bytes("a".repeat(200)), new Header[] {
                        new RecordHeader("h", bytes("x")), new RecordHeader("n", (byte[]) null)
                    }),
                    new SimpleRecord(now + 5, bytes("k"), null),
                    new SimpleRecord(now - 5, (byte[]) null, null)
                },
                records(40, 30),
                records(6, 1000));
        for (SimpleRecord[] records : contents) {
            for (org.apache.kafka.common.compress.Compression codec : RecordCodecs.all()) {
                corpus.add(copy(MemoryRecords.withRecords(codec, records).buffer()));
            }
            corpus.add(copy(MemoryRecords.withIdempotentRecords(
                            org.apache.kafka.common.compress.Compression.NONE, 5, (short) 0, 0, records)
                    .buffer()));
        }
        corpus.add(copy(Batches.transactional(5, 0, 0, "t")));
        corpus.add(copy(Batches.replicatedMarker(0, 1, 5, 0, true)));
        corpus.add(copy(Batches.replicatedMarker(0, 1, 5, 0, false)));
    }

    private static SimpleRecord[] records(int count, int bytes) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] =
                    new SimpleRecord(1_000_000 + i, bytes("key" + i), bytes((i + "abcdefghij ").repeat(bytes / 10)));
        }
        return records;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] copy(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    byte[] sound() {
        return corpus.get(random.nextInt(corpus.size()));
    }

    /** One batch, or two or three, mutated; half of them with their CRCs made right again. */
    byte[] batches() {
        byte[] whole = mutant();
        for (int more = random.nextInt(8); more > 5; more--) {
            byte[] next = random.nextBoolean() ? sound() : mutant();
            int length = whole.length;
            whole = Arrays.copyOf(whole, length + next.length);
            System.arraycopy(next, 0, whole, length, next.length);
        }
        return whole;
    }

    private byte[] mutant() {
        byte[] bytes = sound();
        boolean repair = random.nextBoolean();
        if (repair && random.nextInt(4) == 0 && codec(bytes) == Compression.NONE.id()) {
            bytes = inside(bytes);
        }
        bytes = mutate(bytes);
        if (!repair) {
            return bytes;
        }
        if (random.nextBoolean()) {
            sealFrame(bytes);
        }
        return repaired(bytes);
    }

    /** Records that are wrong within a sound frame of a codec. */
    private byte[] inside(byte[] plain) {
        byte[] mutated = repaired(mutateBody(plain));
        Compression codec = Compression.forId(1 + random.nextInt(4));
        if (codec == null
                || mutated.length < RecordBatch.HEADER_BYTES
                || codec(mutated) != Compression.NONE.id()
                || new RecordBatch().wrap(ByteBuffer.wrap(mutated), 0).sizeInBytes() != mutated.length) {
            return mutated;
        }
        try {
            return copy(new Recompression(codec, CompressionLevels.DEFAULT, 1 << 20, 1 << 20)
                    .apply(ByteBuffer.wrap(mutated)));
        } catch (CorruptRecordsException e) {
            throw new AssertionError("uncompressed bytes are copied as they are", e);
        }
    }

    /** A frame header of lz4 has a check sum of its own; often the header claims the largest blocks. */
    private void sealFrame(byte[] bytes) {
        int descriptor = RecordBatch.HEADER_BYTES + 4;
        if (codec(bytes) != Compression.LZ4.id() || bytes.length < descriptor + 11) {
            return;
        }
        if (random.nextInt(3) == 0) {
            bytes[descriptor + 1] = 0x70;
        }
        int length = (bytes[descriptor] & 8) == 0 ? 2 : 10; // with the content's size
        int sum = XXHashFactory.fastestJavaInstance().hash32().hash(bytes, descriptor, length, 0);
        bytes[descriptor + length] = (byte) (sum >>> 8);
    }

    private static int codec(byte[] bytes) {
        return bytes.length < RecordBatch.HEADER_BYTES ? -1 : bytes[22] & 7;
    }

    byte[] mutate(byte[] bytes) {
        byte[] mutated = bytes.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutated = switch (random.nextInt(3)) {
                case 0 -> mutateHeader(mutated);
                case 1 -> mutateBody(mutated);
                default -> mutateAnywhere(mutated, 0);
            };
        }
        return mutated;
    }

    private byte[] mutateHeader(byte[] bytes) {
        if (bytes.length < RecordBatch.HEADER_BYTES) {
            return bytes;
        }
        byte[] mutated = bytes.clone();
        int[] field = FIELDS[random.nextInt(FIELDS.length)];
        long value = random.nextInt(3) == 0 ? random.nextLong() : EXTREMES[random.nextInt(EXTREMES.length)];
        for (int i = 0; i < field[1]; i++) {
            mutated[field[0] + i] = (byte) (value >>> (8 * (field[1] - 1 - i)));
        }
        return mutated;
    }

    private byte[] mutateBody(byte[] bytes) {
        return bytes.length <= RecordBatch.HEADER_BYTES ? bytes : mutateAnywhere(bytes, RecordBatch.HEADER_BYTES);
    }

    private byte[] mutateAnywhere(byte[] bytes, int from) {
        if (bytes.length <= from) {
            return bytes;
        }
        byte[] mutated = bytes.clone();
        // Mostly near the beginning: that is where lengths and frame headers are.
        int span = random.nextBoolean() ? Math.min(24, bytes.length - from) : bytes.length - from;
        int at = from + random.nextInt(span);
        int length = 1 + random.nextInt(Math.min(16, mutated.length - at));
        switch (random.nextInt(7)) {
            case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> mutated[at] = (byte) random.nextInt();
            case 2 -> Arrays.fill(mutated, at, at + length, random.nextBoolean() ? (byte) 0xff : 0);
            case 3 -> mutated = Arrays.copyOf(mutated, at);
            case 4 -> { // gone
                System.arraycopy(bytes, at + length, mutated, at, bytes.length - at - length);
                mutated = Arrays.copyOf(mutated, bytes.length - length);
            }
            case 5 -> { // twice
                mutated = Arrays.copyOf(mutated, bytes.length + length);
                System.arraycopy(bytes, at, mutated, at + length, bytes.length - at);
            }
            default -> { // from elsewhere
                byte[] other = sound();
                int n = Math.min(length, other.length);
                System.arraycopy(other, random.nextInt(other.length - n + 1), mutated, at, n);
            }
        }
        return mutated;
    }

    /** Length and CRC made right; the magic most of the time. */
    byte[] repaired(byte[] bytes) {
        if (bytes.length < RecordBatch.HEADER_BYTES) {
            return bytes;
        }
        ByteBuffer batch = ByteBuffer.wrap(bytes);
        if (random.nextInt(16) > 0) {
            batch.put(16, RecordBatch.MAGIC_V2);
            batch.putInt(LENGTH_AT, bytes.length - RecordBatch.LENGTH_OVERHEAD);
        }
        int end = RecordBatch.LENGTH_OVERHEAD + batch.getInt(LENGTH_AT);
        if (end >= RecordBatch.HEADER_BYTES && end <= bytes.length) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, CRC_START, end - CRC_START);
            batch.putInt(CRC_AT, (int) crc.getValue());
        }
        return bytes;
    }
}
