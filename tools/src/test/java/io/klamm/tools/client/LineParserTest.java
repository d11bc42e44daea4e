/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.tools.CommandException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineParserTest {

    @Test
    void aLineIsTheValue() {
        LineParser parser = new LineParser(null, null, null, Map.of());

        LineParser.Parsed parsed = parser.parse(bytes("k:v"), 1);

        assertThat(parsed.key()).isNull();
        assertThat(text(parsed.value())).isEqualTo("k:v");
        assertThat(parsed.headers()).isEmpty();
    }

    @Test
    void splitsAtTheFirstSeparator() {
        LineParser parser = new LineParser("::", null, null, Map.of());

        LineParser.Parsed parsed = parser.parse(bytes("a:b::c::d"), 1);

        assertThat(text(parsed.key())).isEqualTo("a:b");
        assertThat(text(parsed.value())).isEqualTo("c::d");
        assertThat(text(parser.parse(bytes("key::"), 2).value())).isEmpty();
    }

    @Test
    void namesTheLineWithoutASeparator() {
        LineParser parser = new LineParser(":", null, null, Map.of());

        assertThatThrownBy(() -> parser.parse(bytes("no key"), 7))
                .isInstanceOf(CommandException.class)
                .hasMessage("line 7 has no --key-separator :");
    }

    @Test
    void readsHeadersOfTheLineAfterThoseOfAll() {
        LineParser parser = new LineParser(":", "\\t", null, Map.of("host", "web-1"));

        LineParser.Parsed parsed = parser.parse(bytes("a=1,b=x=y\tk:v"), 1);

        assertThat(parsed.headers())
                .extracting(header -> header.key() + "->" + text(header.value()))
                .containsExactly("host->web-1", "a->1", "b->x=y");
        assertThat(text(parsed.key())).isEqualTo("k");
        assertThatThrownBy(() -> parser.parse(bytes("nonsense\tk:v"), 3))
                .hasMessage("line 3: header nonsense is not NAME=VALUE");
    }

    @Test
    void makesATombstoneOfTheNullValue() {
        LineParser parser = new LineParser(":", null, "<null>", Map.of());

        assertThat(parser.parse(bytes("k:<null>"), 1).value()).isNull();
        assertThat(text(parser.parse(bytes("k:<null> "), 1).value())).isEqualTo("<null> ");
    }

    @Test
    void keepsBytesThatAreNoText() {
        byte[] line = {(byte) 0xff, ':', 0, (byte) 0xfe};

        LineParser.Parsed parsed = new LineParser(":", null, null, Map.of()).parse(line, 1);

        assertThat(parsed.key()).containsExactly(0xff);
        assertThat(parsed.value()).containsExactly(0, 0xfe);
    }

    @Test
    void readsLinesHoweverTheyArrive() throws IOException {
        String longLine = "x".repeat(200_000);
        String input = "one\n\nthree\r\n" + longLine + "\nlast";

        LineReader reader = new LineReader(new OneByteAtATime(bytes(input)));
        List<String> lines = new ArrayList<>();
        byte[] line = reader.next();
        while (line != null) {
            lines.add(text(line));
            line = reader.next();
        }

        assertThat(lines).containsExactly("one", "", "three\r", longLine, "last");
        assertThat(reader.number()).isEqualTo(5);
        assertThat(new LineReader(InputStream.nullInputStream()).next()).isNull();
    }

    private static final class OneByteAtATime extends ByteArrayInputStream {
        OneByteAtATime(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int read(byte[] buffer) {
            return read(buffer, 0, 1);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte @Nullable [] bytes) {
        assertThat(bytes).isNotNull();
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
