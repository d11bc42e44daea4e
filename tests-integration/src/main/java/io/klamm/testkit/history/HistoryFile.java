/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.history;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.common.TopicPartition;

/**
 * A history as a text: a first line that names the format and its version, then one JSON object a line, each with its kind of event. A last
 * line that was cut off, because the run was killed, is left out.
 */
public final class HistoryFile {
    static final String FIRST_LINE = "{\"format\":\"klamm-history\",\"version\":2}";
    private static final String KIND = "event";
    private static final Map<String, Class<?>> KINDS = Arrays.stream(Event.class.getPermittedSubclasses())
            .collect(Collectors.toUnmodifiableMap(Class::getSimpleName, Function.identity()));

    private static final ObjectMapper JSON = new ObjectMapper()
            .registerModule(new SimpleModule()
                    .addSerializer(TopicPartition.class, new PartitionWriter())
                    .addDeserializer(TopicPartition.class, new PartitionReader()));

    private HistoryFile() {}

    /** One event, without the end of the line. */
    public static String line(Event event) {
        ObjectNode line = JSON.createObjectNode().put(KIND, event.getClass().getSimpleName());
        line.setAll((ObjectNode) JSON.valueToTree(event));
        return line.toString();
    }

    /**
     * Reads a whole one, also one that is compressed: its name ends with .gz then.
     *
     * @throws IOException when it is not a history, or is damaged elsewhere than in its last line
     */
    public static History read(Path file) throws IOException {
        List<String> lines = lines(file);
        if (lines.isEmpty() || !lines.get(0).equals(FIRST_LINE)) {
            throw new IOException(file + " is not a history of version 2");
        }
        List<Event> events = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            try {
                events.add(parse(lines.get(i)));
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw new IOException(file + ", line " + (i + 1) + ": " + e.getOriginalMessage(), e);
                }
            }
        }
        return new History(events);
    }

    private static List<String> lines(Path file) throws IOException {
        if (!file.toString().endsWith(".gz")) {
            return Files.readAllLines(file);
        }
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (UncheckedIOException e) {
            throw new IOException(file + " cannot be read to its end", e);
        }
    }

    /** The event of a line. */
    public static Event parse(String line) throws IOException {
        ObjectNode tree = (ObjectNode) JSON.readTree(line);
        JsonNode kind = tree.remove(KIND);
        Class<?> type = kind == null ? null : KINDS.get(kind.asText());
        if (type == null) {
            throw new IOException("unknown kind of event " + kind);
        }
        return (Event) JSON.treeToValue(tree, type);
    }

    private static final class PartitionWriter extends StdSerializer<TopicPartition> {
        private static final long serialVersionUID = 1;

        PartitionWriter() {
            super(TopicPartition.class);
        }

        @Override
        public void serialize(TopicPartition partition, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            out.writeString(partition.toString());
        }
    }

    private static final class PartitionReader extends StdDeserializer<TopicPartition> {
        private static final long serialVersionUID = 1;

        PartitionReader() {
            super(TopicPartition.class);
        }

        @Override
        public TopicPartition deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String text = parser.getText();
            int dash = text.lastIndexOf('-');
            return new TopicPartition(text.substring(0, dash), Integer.parseInt(text.substring(dash + 1)));
        }
    }
}
