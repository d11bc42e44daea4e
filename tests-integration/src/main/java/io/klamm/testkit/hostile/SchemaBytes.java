/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes a message of a codec's schema, field by field, with random values. Each length in it (of a string, an array, bytes, a tagged
 * field) has a number, and one of them may be made a lie.
 */
final class SchemaBytes {
    /** What fields of bytes hold. */
    interface Payloads {
        byte[] bytes(ApiKeys api, String field, Random random);
    }

    /** No length lies. */
    static final int NONE = -1;

    private static final int DEEPEST = 12;

    private final ApiKeys api;
    private final Vocabulary vocabulary;
    private final Payloads payloads;
    private final Random random;
    private final int lie;
    private final long lieIs;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int lengths;
    private int depth;

    /**
     * @param random decides all values: the same for the same seed, whatever lies
     * @param lie number of the length that lies, or {@link #NONE}
     * @param lieIs what it says
     */
    SchemaBytes(ApiKeys api, Vocabulary vocabulary, Payloads payloads, Random random, int lie, long lieIs) {
        this.api = api;
        this.vocabulary = vocabulary;
        this.payloads = payloads;
        this.random = random;
        this.lie = lie;
        this.lieIs = lieIs;
    }

    /** Number of lengths written so far. */
    int lengths() {
        return lengths;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    void write(Schema schema) {
        depth++;
        for (BoundField field : schema.fields()) {
            value(field.def.name, field.def.type);
        }
        depth--;
    }

    private void value(String name, Type type) {
        if (type instanceof TaggedFields tagged) {
            tags(tagged);
        } else if (type.isArray()) {
            array(name, type);
        } else if (type instanceof Schema schema) {
            struct(schema);
        } else if (type == Type.BOOLEAN) {
            out.write(random.nextInt(20) == 0 ? random.nextInt(256) : random.nextInt(2));
        } else if (type == Type.INT8) {
            number(name, 1);
        } else if (type == Type.INT16 || type == Type.UINT16) {
            number(name, 2);
        } else if (type == Type.INT32 || type == Type.UNSIGNED_INT32) {
            number(name, 4);
        } else if (type == Type.INT64) {
            number(name, 8);
        } else if (type == Type.FLOAT64) {
            integer(Double.doubleToLongBits(random.nextGaussian()), 8);
        } else if (type == Type.UUID) {
            Uuid id = vocabulary.uuid(api, random);
            integer(id.getMostSignificantBits(), 8);
            integer(id.getLeastSignificantBits(), 8);
        } else if (STRINGS.containsKey(type)) {
            sized(
                    type.isNullable() && random.nextInt(5) == 0
                            ? null
                            : vocabulary.string(api, name, random).getBytes(StandardCharsets.UTF_8),
                    STRINGS.get(type));
        } else if (BLOBS.containsKey(type)) {
            sized(
                    type.isNullable() && random.nextInt(8) == 0 ? null : payloads.bytes(api, name, random),
                    BLOBS.get(type));
        } else {
            throw new IllegalStateException(api + " has a field " + name + " of the unknown type " + type);
        }
    }

    /** Bytes of the length; 0 stands for a varint of length + 1. */
    private static final Map<Type, Integer> STRINGS =
            Map.of(Type.STRING, 2, Type.NULLABLE_STRING, 2, Type.COMPACT_STRING, 0, Type.COMPACT_NULLABLE_STRING, 0);

    private static final Map<Type, Integer> BLOBS = Map.of(
            Type.BYTES,
            4,
            Type.NULLABLE_BYTES,
            4,
            Type.COMPACT_BYTES,
            0,
            Type.COMPACT_NULLABLE_BYTES,
            0,
            Type.RECORDS,
            4,
            Type.NULLABLE_RECORDS,
            4,
            Type.COMPACT_RECORDS,
            0,
            Type.COMPACT_NULLABLE_RECORDS,
            0);

    private void number(String name, int bytes) {
        integer(vocabulary.number(api, name, bytes * Byte.SIZE, random), bytes);
    }

    private void integer(long value, int bytes) {
        for (int shift = (bytes - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            out.write((int) (value >>> shift));
        }
    }

    private void struct(Schema schema) {
        if (schema.isNullable()) {
            boolean there = random.nextInt(3) > 0;
            out.write(there ? 1 : -1);
            if (!there) {
                return;
            }
        }
        write(schema);
    }

    private void sized(byte @Nullable [] content, int lengthBytes) {
        length(content == null ? -1 : content.length, lengthBytes);
        if (content != null) {
            out.writeBytes(content);
        }
    }

    private void array(String name, Type type) {
        int lengthBytes = type instanceof CompactArrayOf ? 0 : 4;
        if (type.isNullable() && random.nextInt(5) == 0) {
            length(-1, lengthBytes);
            return;
        }
        Type element = type.arrayElementType().orElseThrow();
        int count = count();
        length(count, lengthBytes);
        for (int i = 0; i < count; i++) {
            value(name, element);
        }
    }

    /** Mostly one; sometimes many, on the outer levels. */
    private int count() {
        int dice = random.nextInt(100);
        if (depth > DEEPEST || dice < 8) {
            return 0;
        }
        if (dice < 70 || depth > 2) {
            return 1 + random.nextInt(2);
        }
        return dice < 97 ? random.nextInt(5) : random.nextInt(200);
    }

    private void tags(TaggedFields type) {
        Map<Integer, byte[]> present = new TreeMap<>();
        for (Map.Entry<Integer, Field> each : type.fields().entrySet()) {
            if (random.nextBoolean()) {
                SchemaBytes inner = new SchemaBytes(api, vocabulary, payloads, random, lie - lengths, lieIs);
                inner.depth = depth + 1;
                inner.value(each.getValue().name, each.getValue().type);
                lengths += inner.lengths;
                present.put(each.getKey(), inner.bytes());
            }
        }
        if (random.nextInt(10) == 0) {
            present.put(1_000 + random.nextInt(1_000), new byte[random.nextInt(50)]); // which nobody knows
        }
        lengthOf(present.size(), 0, 0);
        present.forEach((tag, content) -> {
            varint(tag);
            lengthOf(content.length, 0, 0);
            out.writeBytes(content);
        });
    }

    private void length(long honest, int bytes) {
        lengthOf(honest, bytes, 1);
    }

    /** @param more what a varint says above the length */
    private void lengthOf(long honest, int bytes, int more) {
        long said = lengths++ == lie ? lieIs : honest;
        if (bytes == 0) {
            varint(said + more);
        } else {
            integer(said, bytes);
        }
    }

    private void varint(long value) {
        long rest = value & 0xFFFF_FFFFL;
        while (rest > 0x7F) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /** The header of a request, then its message. */
    static ByteBuffer header(ApiKeys api, short version, int correlationId, @Nullable String clientId) {
        byte[] name = clientId == null ? new byte[0] : clientId.getBytes(StandardCharsets.UTF_8);
        boolean flexible = api.requestHeaderVersion(version) >= 2;
        ByteBuffer header = ByteBuffer.allocate(10 + name.length + (flexible ? 1 : 0));
        header.putShort(api.id).putShort(version).putInt(correlationId);
        header.putShort((short) (clientId == null ? -1 : name.length)).put(name);
        if (flexible) {
            header.put((byte) 0);
        }
        return header.flip();
    }

    /** Lengths worth lying about. */
    static final List<Long> LIES = List.of(
            -2L,
            -1L,
            0L,
            1L,
            127L,
            32_767L,
            32_768L,
            65_535L,
            1_000_000L,
            50_000_000L,
            (long) Integer.MAX_VALUE - 1,
            (long) Integer.MAX_VALUE,
            (long) Integer.MIN_VALUE);
}
