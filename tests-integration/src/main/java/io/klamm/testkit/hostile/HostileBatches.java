/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Record batches (format 2, written by hand), most of them with something wrong, under a check sum that is right: small on the wire and huge
 * inside, with counts, offsets, lengths and ids that lie.
 */
final class HostileBatches {
    static final List<CompressionType> CODECS =
            List.of(CompressionType.GZIP, CompressionType.SNAPPY, CompressionType.LZ4, CompressionType.ZSTD);

    private static final int HEADER_BYTES = 61;
    private static final int LENGTH_AT = 8;
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int COUNT_AT = 57;
    private static final byte MAGIC = 2;
    private static final byte NO_ATTRIBUTES = 0;

    /** What is wrong inside of a compressed batch. */
    enum Bomb {
        /** One record with a value of many zeros. */
        LARGE_VALUE,
        /** A great many small records, as the header says. */
        MANY_RECORDS,
        /** The same, and the header counts one. */
        MORE_THAN_COUNTED,
        /** One record, and the header counts two billion. */
        FEWER_THAN_COUNTED,
        /** The first record says that it is as long as a number can say. */
        RECORD_LENGTH,
        /** Headers of a record: two billion of them. */
        HEADER_COUNT,
        /** Zeros only, which is as many records of no length. */
        ZEROS
    }

    private final int inflatedBytes;
    private final Map<String, byte[]> made = new ConcurrentHashMap<>();

    /** @param inflatedBytes what a bomb holds, decompressed */
    HostileBatches(int inflatedBytes) {
        this.inflatedBytes = inflatedBytes;
    }

    /** A batch that is small on the wire; made once. */
    byte[] bomb(Bomb kind, CompressionType codec) {
        return made.computeIfAbsent(kind + " " + codec, unused -> make(kind, codec))
                .clone();
    }

    private byte[] make(Bomb kind, CompressionType codec) {
        IntFunction<byte[]> small = number -> record(new byte[] {'k'}, new byte[100], number, 0);
        int many = inflatedBytes / small.apply(inflatedBytes).length;
        return switch (kind) {
            case LARGE_VALUE -> compressed(codec, n -> record(new byte[] {'k'}, new byte[inflatedBytes], n, 0), 1, 1);
            case MANY_RECORDS -> compressed(codec, small, many, many);
            case MORE_THAN_COUNTED -> compressed(codec, small, many, 1);
            case FEWER_THAN_COUNTED -> compressed(codec, small, 1, Integer.MAX_VALUE);
            case RECORD_LENGTH -> compressed(codec, n -> varint(Integer.MAX_VALUE), 1, 1);
            case HEADER_COUNT ->
                compressed(codec, n -> record(new byte[] {'k'}, new byte[8], n, Integer.MAX_VALUE), 1, 1);
            case ZEROS -> compressed(codec, n -> new byte[inflatedBytes], 1, inflatedBytes);
        };
    }

    /** What a field of bytes of a request holds. */
    byte[] bytes(String field, Random random) {
        if (field.equals("records")) {
            return records(random);
        }
        byte[] any = new byte[random.nextInt(60)];
        random.nextBytes(any);
        if (any.length > 6 && random.nextBoolean()) {
            // A consumer's subscription or assignment begins with a version and a count.
            ByteBuffer.wrap(any).putShort((short) random.nextInt(4)).putInt(random.nextInt(3));
        }
        return any;
    }

    /** A small batch or two, perhaps compressed, perhaps with one field changed. */
    private byte[] records(Random random) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int batches = 1 + random.nextInt(20) / 19;
        for (int i = 0; i < batches; i++) {
            byte @Nullable [] key = random.nextInt(6) == 0 ? null : new byte[] {(byte) ('a' + random.nextInt(20))};
            byte[] value = new byte[random.nextInt(40)];
            int count = 1 + random.nextInt(3);
            CompressionType codec = random.nextBoolean() ? CompressionType.NONE : Vocabulary.pick(CODECS, random);
            byte[] batch = compressed(codec, number -> record(key, value, number, 0), count, count);
            switch (random.nextInt(8)) {
                case 0 -> spoil(batch, ATTRIBUTES_AT + random.nextInt(HEADER_BYTES - ATTRIBUTES_AT), random);
                case 1 -> spoil(batch, random.nextInt(batch.length), random);
                case 2 ->
                    ByteBuffer.wrap(batch)
                            .putInt(COUNT_AT, Vocabulary.pick(List.of(0, -1, 2, Integer.MAX_VALUE), random));
                case 3 ->
                    ByteBuffer.wrap(batch)
                            .putInt(LENGTH_AT, Vocabulary.pick(List.of(0, -1, 48, 49, Integer.MAX_VALUE), random));
                default -> {}
            }
            if (random.nextInt(10) > 0) {
                seal(batch);
            }
            all.writeBytes(batch);
        }
        byte[] bytes = all.toByteArray();
        return random.nextInt(15) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static void spoil(byte[] batch, int at, Random random) {
        batch[at] = (byte) random.nextInt();
    }

    /**
     * @param records by their number
     * @param times how many are written
     * @param counted how many records the header tells
     */
    private static byte[] compressed(CompressionType codec, IntFunction<byte[]> records, int times, int counted) {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 16);
        out.position(HEADER_BYTES);
        try (OutputStream packed = Compression.of(codec).build().wrapForOutput(out, MAGIC)) {
            for (int i = 0; i < times; i++) {
                packed.write(records.apply(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteBuffer written = out.buffer().duplicate();
        int size = written.position();
        written.flip();
        byte[] batch = new byte[size];
        written.get(batch);
        ByteBuffer header = ByteBuffer.wrap(batch);
        long now = 1_700_000_000_000L;
        header.putLong(0).putInt(size - 12).putInt(-1).put(MAGIC).putInt(0).putShort((short) codec.id);
        header.putInt(counted - 1)
                .putLong(now)
                .putLong(now)
                .putLong(-1)
                .putShort((short) -1)
                .putInt(-1)
                .putInt(counted);
        seal(batch);
        return batch;
    }

    /** Writes the check sum that fits. */
    private static void seal(byte[] batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch, ATTRIBUTES_AT, batch.length - ATTRIBUTES_AT);
        ByteBuffer.wrap(batch).putInt(CRC_AT, (int) crc.getValue());
    }

    private static byte[] record(byte @Nullable [] key, byte[] value, int number, int headers) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(value.length + 32);
        body.write(NO_ATTRIBUTES);
        body.writeBytes(varint(0)); // timestamp delta
        body.writeBytes(varint(number)); // offset delta
        body.writeBytes(varint(key == null ? -1 : key.length));
        if (key != null) {
            body.writeBytes(key);
        }
        body.writeBytes(varint(value.length));
        body.writeBytes(value);
        body.writeBytes(varint(headers));
        ByteArrayOutputStream all = new ByteArrayOutputStream(body.size() + 5);
        all.writeBytes(varint(body.size()));
        all.writeBytes(body.toByteArray());
        return all.toByteArray();
    }

    /** Zigzag. */
    private static byte[] varint(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(5);
        int rest = (value << 1) ^ (value >> 31);
        while ((rest & ~0x7F) != 0) {
            out.write((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
        return out.toByteArray();
    }
}
