/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import io.klamm.tools.CommandException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Makes records of lines: {@code [NAME=VALUE,... SEPARATOR] [KEY SEPARATOR] VALUE}. */
final class LineParser {
    private final byte @Nullable [] keySeparator;
    private final byte @Nullable [] headerSeparator;
    private final byte @Nullable [] nullValue;
    private final List<Header> headersOfAll;

    /** Key, value and headers of one record. Never compared. */
    @SuppressWarnings("ArrayRecordComponent")
    record Parsed(byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {}

    LineParser(
            @Nullable String keySeparator,
            @Nullable String headerSeparator,
            @Nullable String nullValue,
            Map<String, String> headersOfAll) {
        this.keySeparator = separator("--key-separator", keySeparator);
        this.headerSeparator = separator("--header-separator", headerSeparator);
        this.nullValue = nullValue == null ? null : utf8(nullValue);
        this.headersOfAll = headersOfAll.entrySet().stream()
                .<Header>map(header -> new RecordHeader(header.getKey(), utf8(header.getValue())))
                .toList();
    }

    /** @throws CommandException when a separator is missing in the line */
    Parsed parse(byte[] line, long number) {
        List<Header> headers = headersOfAll;
        int from = 0;
        if (headerSeparator != null) {
            int at = find(line, headerSeparator, from, number, "--header-separator");
            headers = new ArrayList<>(headersOfAll);
            headers.addAll(headers(new String(line, 0, at, StandardCharsets.UTF_8), number));
            from = at + headerSeparator.length;
        }
        byte[] key = null;
        if (keySeparator != null) {
            int at = find(line, keySeparator, from, number, "--key-separator");
            key = Arrays.copyOfRange(line, from, at);
            from = at + keySeparator.length;
        }
        byte[] value = from == 0 ? line : Arrays.copyOfRange(line, from, line.length);
        return new Parsed(key, Arrays.equals(value, nullValue) ? null : value, headers);
    }

    private static List<Header> headers(String text, long number) {
        List<Header> headers = new ArrayList<>();
        for (String header : text.split(",", -1)) {
            int equals = header.indexOf('=');
            if (equals > 0) {
                headers.add(new RecordHeader(header.substring(0, equals), utf8(header.substring(equals + 1))));
            } else if (!header.isEmpty()) {
                throw new CommandException("line " + number + ": header " + header + " is not NAME=VALUE");
            }
        }
        return headers;
    }

    private static int find(byte[] line, byte[] separator, int from, long number, String option) {
        for (int at = from; at + separator.length <= line.length; at++) {
            if (Arrays.equals(line, at, at + separator.length, separator, 0, separator.length)) {
                return at;
            }
        }
        throw new CommandException(
                "line " + number + " has no " + option + " " + new String(separator, StandardCharsets.UTF_8));
    }

    private static byte @Nullable [] separator(String option, @Nullable String text) {
        if (text == null) {
            return null;
        }
        String separator = text.replace("\\t", "\t");
        if (separator.isEmpty()) {
            throw new CommandException(option + " must not be empty");
        }
        return utf8(separator);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
