/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.klamm.tools.CommandException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** How a record is printed: bytes as they are, and a line feed. */
public interface RecordFormat {
    void write(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException;

    /**
     * @param text {@code value}, {@code key-value}, {@code json}, or a pattern with %-signs
     * @throws CommandException when it is none of these
     */
    static RecordFormat parse(String text) {
        return switch (text) {
            case "value" -> pattern("%v");
            case "key-value" -> pattern("%k\t%v");
            case "json" -> RecordFormat::json;
            default -> {
                if (text.indexOf('%') < 0) {
                    throw new CommandException(
                            "--format " + text + ": expected value, key-value, json, or a pattern such as '%k: %v'");
                }
                yield pattern(text.replace("\\n", "\n").replace("\\t", "\t"));
            }
        };
    }

    private static RecordFormat pattern(String pattern) {
        List<RecordFormat> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int at = 0; at < pattern.length(); at++) {
            char c = pattern.charAt(at);
            if (c != '%') {
                literal.append(c);
                continue;
            }
            if (++at == pattern.length()) {
                throw new CommandException("--format ends with a single %; write %% for a percent sign");
            }
            if (pattern.charAt(at) == '%') {
                literal.append('%');
                continue;
            }
            if (literal.length() > 0) {
                parts.add(literal(literal.toString()));
                literal.setLength(0);
            }
            parts.add(field(pattern.charAt(at)));
        }
        parts.add(literal(literal + "\n"));
        return (record, out) -> {
            for (RecordFormat part : parts) {
                part.write(record, out);
            }
        };
    }

    private static RecordFormat field(char letter) {
        return switch (letter) {
            case 't' -> (record, out) -> out.write(utf8(record.topic()));
            case 'p' -> (record, out) -> out.write(utf8(Integer.toString(record.partition())));
            case 'o' -> (record, out) -> out.write(utf8(Long.toString(record.offset())));
            case 'T' -> (record, out) -> out.write(utf8(Long.toString(record.timestamp())));
            case 'k' -> (record, out) -> out.write(record.key() == null ? utf8("null") : record.key());
            case 'v' -> (record, out) -> out.write(record.value() == null ? utf8("null") : record.value());
            case 'h' -> RecordFormat::headers;
            default ->
                throw new CommandException("--format: %" + letter
                        + " is unknown; there are %t topic, %p partition, %o offset, %T timestamp, %k key, %v value,"
                        + " %h headers, %%");
        };
    }

    private static RecordFormat literal(String text) {
        byte[] bytes = utf8(text);
        return (record, out) -> out.write(bytes);
    }

    private static void headers(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        String gap = "";
        for (Header header : record.headers()) {
            out.write(utf8(gap + header.key() + "="));
            out.write(header.value() == null ? utf8("null") : header.value());
            gap = ",";
        }
    }

    private static void json(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("topic", record.topic());
        node.put("partition", record.partition());
        node.put("offset", record.offset());
        node.put("timestamp", record.timestamp());
        node.put("timestampType", record.timestampType().toString());
        putBytes(node, "key", record.key());
        putBytes(node, "value", record.value());
        var headers = node.putArray("headers");
        for (Header header : record.headers()) {
            ObjectNode one = headers.addObject().put("name", header.key());
            putBytes(one, "value", header.value());
        }
        out.write(Json.MAPPER.writeValueAsBytes(node));
        out.write('\n');
    }

    /** As text when the bytes are UTF-8, else as base64 under {@code <name>Base64}. */
    private static void putBytes(ObjectNode node, String name, byte @Nullable [] bytes) {
        if (bytes == null) {
            node.putNull(name);
            return;
        }
        try {
            node.put(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            node.put(name + "Base64", bytes);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The writer of JSON records. */
    final class Json {
        private static final ObjectMapper MAPPER = new ObjectMapper();

        private Json() {}
    }
}
