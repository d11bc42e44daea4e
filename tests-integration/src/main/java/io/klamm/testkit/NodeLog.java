/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads the log of a node: an entry is a line that begins with its time, and what follows it. */
public final class NodeLog {
    private static final Pattern TIME = Pattern.compile("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ");
    private static final Pattern STRIKING = Pattern.compile(
            "^\\S+ \\S+ ERROR\\b|\\bOutOfMemory|\\bLEAK\\b|NullPointerException|ClassCastException|IndexOutOfBounds|IllegalState|AssertionError");

    /** Behind an entry, these are a stack trace, or the last words of a process. */
    private static final Pattern STRIKING_BELOW =
            Pattern.compile("^\\s+at [\\w.$/]+\\(|^Caused by: |^Exception in thread|^# |OutOfMemory|^Error:");

    private static final int MOST_CHARACTERS = 600;
    private static final int MOST_KINDS = 200;

    private NodeLog() {}

    /** Entries with an error, an exception that tells of a fault in the program, or a stack trace; by the first of each kind, how many. */
    public static Map<String, Integer> striking(Path log) throws IOException {
        Map<String, String> firsts = new LinkedHashMap<>();
        Map<String, Integer> times = new LinkedHashMap<>();
        StringBuilder entry = new StringBuilder();
        boolean striking = false;
        // A client's name in it may be no text.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(log), StandardCharsets.ISO_8859_1))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean first = TIME.matcher(line).find();
                if (first || line.startsWith("Exception in thread")) {
                    add(entry, striking, firsts, times);
                    entry.setLength(0);
                    striking = false;
                }
                striking |= (first ? STRIKING : STRIKING_BELOW).matcher(line).find();
                if (entry.length() < MOST_CHARACTERS) {
                    entry.append(entry.length() == 0 ? "" : " | ").append(line.strip());
                }
            }
        }
        add(entry, striking, firsts, times);
        Map<String, Integer> found = new LinkedHashMap<>();
        times.forEach((kind, count) -> found.put(firsts.getOrDefault(kind, kind), count));
        return found;
    }

    private static void add(
            StringBuilder entry, boolean striking, Map<String, String> firsts, Map<String, Integer> times) {
        if (!striking) {
            return;
        }
        String text = entry.substring(0, Math.min(entry.length(), MOST_CHARACTERS));
        String kind = TIME.matcher(text).replaceFirst("").replaceAll("[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*", "#");
        if (times.size() < MOST_KINDS || times.containsKey(kind)) {
            firsts.putIfAbsent(kind, text);
            times.merge(kind, 1, Integer::sum);
        }
    }
}
