/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.batch.RecordBatch;
import io.klamm.storage.batch.RecordIterator;
import io.klamm.tools.client.RecordFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Prints records as {@code klamm consume} does, or, without a format, in one line with all there is. */
final class RecordPrinter {
    private static final RecordFormat JSON = RecordFormat.parse("json");

    private final Dump dump;
    private final String topic;
    private final int partition;

    /** @param file in a folder that is named as its topic and partition */
    RecordPrinter(Dump dump, Path file) {
        this.dump = dump;
        Path folder = file.toAbsolutePath().normalize().getParent();
        String name = folder == null || folder.getFileName() == null ? "" : String.valueOf(folder.getFileName());
        int hyphen = name.lastIndexOf('-');
        String number = name.substring(hyphen + 1);
        boolean isLog = hyphen > 0 && number.matches("[0-9]{1,9}");
        this.topic = isLog ? name.substring(0, hyphen) : name;
        this.partition = isLog ? Integer.parseInt(number) : 0;
    }

    void print(RecordBatch batch, RecordIterator.Entry entry) throws IOException {
        RecordFormat format = dump.selection.format();
        if (format == null && !dump.isJson()) {
            dump.out().println(text(entry));
            return;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        (format == null ? JSON : format).write(record(batch, entry), line);
        if (format == null) {
            dump.out().print(line.toString(StandardCharsets.UTF_8));
        } else {
            dump.output.printBytes(line.toByteArray());
        }
    }

    private ConsumerRecord<byte[], byte[]> record(RecordBatch batch, RecordIterator.Entry entry) {
        RecordHeaders headers = new RecordHeaders();
        entry.headers().forEach(header -> headers.add(new RecordHeader(header.key(), bytes(header.value()))));
        ByteBuffer key = entry.key();
        ByteBuffer value = entry.value();
        return new ConsumerRecord<>(
                topic,
                partition,
                entry.offset(),
                entry.timestampMs(),
                batch.isLogAppendTime() ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                key == null ? ConsumerRecord.NULL_SIZE : key.remaining(),
                value == null ? ConsumerRecord.NULL_SIZE : value.remaining(),
                bytes(key),
                bytes(value),
                headers,
                Optional.of(batch.leaderEpoch()));
    }

    private static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
        if (buffer == null) {
            return null;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static String text(RecordIterator.Entry entry) {
        StringBuilder line = new StringBuilder("    ")
                .append(entry.offset())
                .append("  ")
                .append(Dump.time(entry.timestampMs()))
                .append("  ")
                .append(text(entry.key()))
                .append(" = ")
                .append(text(entry.value()));
        List<String> headers = new ArrayList<>();
        entry.headers().forEach(header -> headers.add(printable(header.key()) + "=" + text(header.value())));
        return line.append(headers.isEmpty() ? "" : "  " + headers).toString();
    }

    private static String text(@Nullable ByteBuffer bytes) {
        return bytes == null
                ? "null"
                : printable(StandardCharsets.UTF_8.decode(bytes.duplicate()).toString());
    }

    /** A record is one line here, whatever it holds. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
