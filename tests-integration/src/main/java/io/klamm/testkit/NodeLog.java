/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the log of a node: an entry is a line that begins with its time, and what follows it. */
public final class NodeLog {
    private static final Pattern TIME = Pattern.compile("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ");
    private static final Pattern STRIKING = Pattern.compile(
            "^\\S+ \\S+ ERROR\\b|\\bOutOfMemory|\\bLEAK\\b|NullPointerException|ClassCastException|IndexOutOfBounds|IllegalState|AssertionError");

    /** Behind an entry, these are a stack trace, or the last words of a process. */
    private static final Pattern STRIKING_BELOW =
            Pattern.compile("^\\s+at [\\w.$/]+\\(|^Caused by: |^Exception in thread|^# |OutOfMemory|^Error:");

    private static final int MOST_CHARACTERS = 600;
    /** Of kinds, and of times that they came up. */
    private static final int MOST = 200;

    private static final Duration CLOSE = Duration.ofSeconds(1);
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);

    /**
     * Entries of one kind, each less than a second after the one before it.
     *
     * @param text the first one, shortened
     * @param times how many there are that differ in figures only
     * @param first when it was written, by the clock of its node, as it or the entry before it says; null when none does
     * @param last the same of the last one
     */
    public record Striking(
            String text,
            int times,
            @Nullable LocalDateTime first,
            @Nullable LocalDateTime last) {
        private Striking with(@Nullable LocalDateTime at) {
            return new Striking(text, times + 1, first, at);
        }

        private boolean goesOnWith(@Nullable LocalDateTime at) {
            if (at == null || last == null) {
                return at == null && last == null;
            }
            return !at.isAfter(last.plus(CLOSE));
        }
    }

    private final List<Striking> over = new ArrayList<>();
    private final Map<String, Striking> latest = new LinkedHashMap<>();

    /** What the log said last. */
    private @Nullable LocalDateTime clock;

    private NodeLog() {}

    /** Entries with an error, an exception that tells of a fault in the program, or a stack trace; each kind once for each time that it came up. */
    public static List<Striking> striking(Path log) throws IOException {
        return new NodeLog().read(log);
    }

    private List<Striking> read(Path log) throws IOException {
        StringBuilder entry = new StringBuilder();
        boolean striking = false;
        // A client's name in it may be no text.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(log), StandardCharsets.ISO_8859_1))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher time = TIME.matcher(line);
                boolean first = time.find();
                if (first || line.startsWith("Exception in thread")) {
                    add(entry, striking);
                    entry.setLength(0);
                    striking = false;
                }
                if (first) {
                    clock = LocalDateTime.parse(time.group().strip(), FORMAT);
                }
                striking |= (first ? STRIKING : STRIKING_BELOW).matcher(line).find();
                if (entry.length() < MOST_CHARACTERS) {
                    entry.append(entry.length() == 0 ? "" : " | ").append(line.strip());
                }
            }
        }
        add(entry, striking);
        over.addAll(latest.values());
        return over;
    }

    private void add(StringBuilder entry, boolean striking) {
        if (!striking) {
            return;
        }
        String text = entry.substring(0, Math.min(entry.length(), MOST_CHARACTERS));
        LocalDateTime at = clock;
        String kind = TIME.matcher(text).replaceFirst("").replaceAll("[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*", "#");
        Striking before = latest.get(kind);
        if (before != null && (before.goesOnWith(at) || over.size() >= MOST)) {
            latest.put(kind, before.with(at));
        } else if (latest.size() < MOST) {
            latest.put(kind, new Striking(text, 1, at, at));
            if (before != null) {
                over.add(before);
            }
        }
    }
}
