/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordFormatTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
                    value                   | v
                    %t-%p@%o                | songs-2@41
                    %k=%v [%h] 100%%        | k=v [a=1,b=null] 100%
                    %T                      | 1234
                    """)
    void printsFields(String format, String printed) throws IOException {
        assertThat(print(format, record("k", "v"))).isEqualTo(printed + "\n");
    }

    @Test
    void separatesKeyAndValueByATab() throws IOException {
        assertThat(print("key-value", record("k", "v"))).isEqualTo("k\tv\n");
        assertThat(print("%k\\t%v\\n", record(null, null))).isEqualTo("null\tnull\n\n");
    }

    @Test
    void printsJson() throws IOException {
        JsonNode json = new ObjectMapper().readTree(print("json", record("k", "größe")));

        assertThat(json.get("topic").asText()).isEqualTo("songs");
        assertThat(json.get("offset").asLong()).isEqualTo(41);
        assertThat(json.get("value").asText()).isEqualTo("größe");
        assertThat(json.get("headers").get(0).get("name").asText()).isEqualTo("a");
        assertThat(json.get("headers").get(1).get("value").isNull()).isTrue();
    }

    @Test
    void printsBytesThatAreNoTextAsBase64() throws IOException {
        byte[] bytes = {(byte) 0xff, 1};
        JsonNode json =
                new ObjectMapper().readTree(print("json", new ConsumerRecord<>("songs", 0, 0, new byte[0], bytes)));

        assertThat(json.has("value")).isFalse();
        assertThat(json.get("valueBase64").binaryValue()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"xml, expected value", "%z, %z is unknown", "100%, ends with a single %"})
    void refusesOtherFormats(String format, String reason) {
        assertThatThrownBy(() -> RecordFormat.parse(format)).hasMessageContaining(reason);
    }

    private static String print(String format, ConsumerRecord<byte[], byte[]> record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RecordFormat.parse(format).write(record, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> record(@Nullable String key, @Nullable String value) {
        RecordHeaders headers = new RecordHeaders();
        headers.add("a", "1".getBytes(StandardCharsets.UTF_8));
        headers.add("b", null);
        return new ConsumerRecord<>(
                "songs",
                2,
                41,
                1234,
                TimestampType.CREATE_TIME,
                1,
                1,
                key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8),
                headers,
                Optional.empty());
    }
}
