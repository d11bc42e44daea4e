/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.testkit.Programs;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ObjDoubleConsumer;

/** librdkafka, by kcat: writes lines of a file, and reads them again. The client costs less than the one in Java. */
record Kcat(String name, int recordBytes, int partitions, long bytes) implements Workload {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Override
    public void run(Subject subject, ObjDoubleConsumer<Figure> figures) throws Exception {
        String topic = subject.newTopic(partitions, Map.of());
        Path lines = Files.createTempFile("kcat", ".lines");
        try {
            long records = bytes / recordBytes;
            byte[] line = ("x".repeat(recordBytes) + "\n").getBytes(StandardCharsets.US_ASCII);
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(lines), 1 << 20)) {
                for (long i = 0; i < records; i++) {
                    out.write(line);
                }
            }
            Usage writing = new Usage(subject);
            kcat(subject, "-P", "-t", topic, "-l", lines.toString(), "-X", "acks=all");
            writing.tell(name + ", produce", records * recordBytes, figures);
            Usage reading = new Usage(subject);
            kcat(subject, "-C", "-t", topic, "-o", "beginning", "-c", Long.toString(records), "-q", "-f", "");
            reading.tell(name + ", consume", records * recordBytes, figures);
        } finally {
            Files.delete(lines);
        }
        subject.delete(topic);
    }

    private static void kcat(Subject subject, String... arguments) {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", subject.bootstrap()));
        command.addAll(List.of(arguments));
        Programs.run(PATIENCE, command).expectSuccess();
    }
}
