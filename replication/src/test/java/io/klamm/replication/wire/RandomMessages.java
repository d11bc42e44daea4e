/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** Messages with random content in every field that a version has, made from the schemas of the codec. */
final class RandomMessages {
    private final Random random;

    RandomMessages(long seed) {
        this.random = new Random(seed);
    }

    ApiMessage request(ApiKeys api, short version) {
        return message(api.messageType.requestSchemas()[version], api.messageType.newRequest(), version);
    }

    ApiMessage response(ApiKeys api, short version) {
        return message(api.messageType.responseSchemas()[version], api.messageType.newResponse(), version);
    }

    private ApiMessage message(Schema schema, ApiMessage empty, short version) {
        Struct struct = struct(schema);
        ByteBuffer bytes = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(bytes);
        bytes.flip();
        empty.read(new ByteBufferAccessor(bytes), version);
        return empty;
    }

    private Struct struct(Schema schema) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, value(field.def.type));
        }
        return struct;
    }

    private @Nullable Object value(Type type) {
        if (type.isNullable() && random.nextInt(4) == 0) {
            return null;
        }
        if (type instanceof Schema schema) {
            return struct(schema);
        }
        if (type instanceof TaggedFields tagged) {
            return taggedFields(tagged);
        }
        if (type.isArray()) {
            @Nullable Object[] elements = new @Nullable Object[random.nextInt(4)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = value(type.arrayElementType().orElseThrow());
            }
            return elements;
        }
        return primitive(((Type.DocumentedType) type).typeName());
    }

    private Map<Integer, @Nullable Object> taggedFields(TaggedFields tagged) {
        TreeMap<Integer, @Nullable Object> values = new TreeMap<>();
        for (Map.Entry<Integer, Field> field : tagged.fields().entrySet()) {
            if (random.nextBoolean()) {
                values.put(field.getKey(), value(field.getValue().type));
            }
        }
        return values;
    }

    private Object primitive(String name) {
        return switch (name) {
            case "BOOLEAN" -> random.nextBoolean();
            case "INT8" -> (byte) random.nextInt();
            case "INT16" -> (short) random.nextInt();
            case "UINT16" -> random.nextInt(1 << 16);
            case "INT32", "VARINT" -> random.nextInt();
            case "UINT32" -> random.nextLong(1L << 32);
            case "INT64", "VARLONG" -> random.nextLong();
            case "FLOAT64" -> random.nextDouble();
            case "UUID" -> new Uuid(random.nextLong(), random.nextLong());
            case "STRING", "COMPACT_STRING", "NULLABLE_STRING", "COMPACT_NULLABLE_STRING" -> string();
            case "BYTES", "COMPACT_BYTES", "NULLABLE_BYTES", "COMPACT_NULLABLE_BYTES" -> ByteBuffer.wrap(bytes());
            case "RECORDS", "COMPACT_RECORDS", "NULLABLE_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
            default -> throw new IllegalArgumentException("a type this test does not know: " + name);
        };
    }

    private String string() {
        StringBuilder string = new StringBuilder();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 300 : 12); i > 0; i--) {
            string.appendCodePoint(random.nextBoolean() ? 'a' + random.nextInt(26) : 0x100 + random.nextInt(0x400));
        }
        return string.toString();
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 300 : 12)];
        random.nextBytes(bytes);
        return bytes;
    }
}
