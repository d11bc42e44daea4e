/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.klamm.testkit.report.RunSummary;
import io.klamm.testkit.report.SummaryTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Summaries of runs, one line of JSON for each, in a file that grows: programs that play at the same time may share it. As a program it prints
 * the table over all lines; the file is the system property chaos.journal.
 */
public final class ChaosJournal {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(RunSummary.class);

    private final Path file;

    public ChaosJournal(Path file) {
        this.file = file;
    }

    static String line(RunSummary run) throws IOException {
        return JSON.writeValueAsString(run);
    }

    /** Adds a run, in one write: lines of programs that play at the same time do not mix. */
    public void append(RunSummary run) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((line(run) + "\n").getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            channel.write(line);
        }
        if (line.hasRemaining()) {
            throw new IOException(file + " has taken a part of a line only");
        }
    }

    /** @throws IOException also when a line is none, or one of another version */
    public List<RunSummary> read() throws IOException {
        List<RunSummary> runs = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            RunSummary run;
            try {
                run = READER.readValue(line);
            } catch (IOException e) {
                throw new IOException(file + ", line " + (runs.size() + 1) + ": " + e.getMessage(), e);
            }
            if (run.version() != RunSummary.VERSION) {
                throw new IOException(file + ", line " + (runs.size() + 1) + ": of version " + run.version());
            }
            runs.add(run);
        }
        return runs;
    }

    /** Prints the table. */
    public static void main(String[] arguments) throws IOException {
        String file = System.getProperty("chaos.journal", "");
        if (file.isEmpty()) {
            System.err.println("Set the system property chaos.journal to the file.");
            System.exit(2);
        }
        System.out.print(SummaryTable.of(new ChaosJournal(Path.of(file)).read()));
    }
}
