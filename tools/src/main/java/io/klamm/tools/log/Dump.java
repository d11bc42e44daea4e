/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import io.klamm.storage.io.LogFiles;
import io.klamm.storage.log.LogFileKind;
import io.klamm.tools.client.RecordFormat;
import io.klamm.tools.output.Output;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is asked for, where it goes, and what was found to be wrong so far. */
final class Dump {
    final LogFiles files = LogFiles.SYSTEM;
    final Output output;
    final Selection selection;
    private int problems;

    /**
     * Which batches and records are printed.
     *
     * @param records not only batches
     * @param format of records, null for the one that shows everything
     * @param fromOffset first offset
     * @param max bound of the batches, records or entries of one file
     */
    record Selection(boolean records, @Nullable RecordFormat format, long fromOffset, long max) {}

    Dump(Output output, Selection selection) {
        this.output = output;
        this.selection = selection;
    }

    PrintWriter out() {
        return output.out();
    }

    boolean isJson() {
        return output.isJson();
    }

    /** Only records are printed, in a format of the user's. */
    boolean onlyRecords() {
        return selection.format() != null;
    }

    int problems() {
        return problems;
    }

    /** @param facts names and values, in turns */
    void title(Path file, LogFileKind kind, Object... facts) {
        if (onlyRecords()) {
            return;
        }
        if (isJson()) {
            Map<String, Object> line = line("file", file);
            line.put("kind", kind.description());
            for (int i = 0; i < facts.length; i += 2) {
                line.put(String.valueOf(facts[i]), facts[i + 1]);
            }
            output.printLine(line);
            return;
        }
        StringBuilder text = new StringBuilder(file + ": " + kind.description());
        for (int i = 0; i < facts.length; i += 2) {
            text.append(", ")
                    .append(words(String.valueOf(facts[i])))
                    .append(' ')
                    .append(facts[i + 1]);
        }
        out().println(text);
    }

    private static String words(String name) {
        return name.replaceAll("([A-Z])", " $1").toLowerCase(java.util.Locale.ROOT);
    }

    /** Something is wrong; it is said where it stands. */
    void problem(Path file, long position, String what) {
        problems++;
        if (isJson()) {
            Map<String, Object> line = line("damage", file);
            line.put("position", position < 0 ? null : position);
            line.put("what", what);
            output.printLine(line);
        } else if (onlyRecords()) {
            output.progress().println("klamm: " + file + (position < 0 ? "" : " at " + position) + ": " + what);
            output.progress().flush();
        } else {
            out().println("  DAMAGE" + (position < 0 ? "" : " at " + position) + ": " + what);
        }
    }

    /** The beginning of a line of JSON. */
    Map<String, Object> line(String type, Path file) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("type", type);
        line.put("file", file.toString());
        return line;
    }

    /** Whether nobody reads any more, as in {@code klamm log dump ... | head}. */
    boolean isAbandoned() {
        return out().checkError();
    }

    static String time(long ms) {
        if (ms < 0) {
            return "-";
        }
        try {
            return Instant.ofEpochMilli(ms).toString();
        } catch (java.time.DateTimeException e) {
            return String.valueOf(ms);
        }
    }
}
