/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A {@link GroupMember} seen from outside. Thread-safe. */
public final class MemberProcess implements AutoCloseable {
    private final Process process;
    private int owned;
    private long lastCommitNanos = System.nanoTime();
    private long longestCommitGapNanos;

    private final List<Commit> commits = new ArrayList<>();

    /** By partition: when its last record was read. */
    private final Map<Integer, Long> lastRead = new TreeMap<>();

    /**
     * A commit that was acknowledged.
     *
     * @param generation or member epoch; -1 when not sure
     */
    public record Commit(int generation, int partition, long offset) {}

    /**
     * @param settings of the consumer, besides those that every member has
     * @param log what it writes to stderr is added there
     */
    public MemberProcess(String bootstrap, String topic, String group, Map<String, String> settings, Path log) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile", ""),
                "-cp",
                System.getProperty("java.class.path"),
                GroupMember.class.getName(),
                bootstrap,
                topic,
                group));
        settings.forEach((key, value) -> command.add(key + "=" + value));
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectInput(new File("/dev/null"))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "member " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                note(line.split(" "), System.nanoTime());
            }
        } catch (IOException e) {
            // its process was killed
        }
    }

    private synchronized void note(String[] words, long now) {
        switch (words[0]) {
            case "O" -> owned = Integer.parseInt(words[1]);
            case "R" -> lastRead.put(Integer.parseInt(words[1]), now);
            case "C" -> {
                longestCommitGapNanos = Math.max(longestCommitGapNanos, now - lastCommitNanos);
                lastCommitNanos = now;
                for (int i = 2; i < words.length; i++) {
                    int colon = words[i].indexOf(':');
                    commits.add(new Commit(
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[i].substring(0, colon)),
                            Long.parseLong(words[i].substring(colon + 1))));
                }
            }
            default -> {
                // something that a library prints
            }
        }
    }

    /** How many partitions it owns. */
    public synchronized int owned() {
        return owned;
    }

    /** Partitions of which a record was read after then. */
    public synchronized Set<Integer> readAfter(long nanos) {
        Set<Integer> partitions = new TreeSet<>();
        lastRead.forEach((partition, at) -> {
            if (at - nanos > 0) {
                partitions.add(partition);
            }
        });
        return partitions;
    }

    public synchronized boolean hasCommittedAfter(long nanos) {
        return lastCommitNanos - nanos > 0;
    }

    /** Pauses from now on are measured anew. */
    public synchronized void forgetGaps() {
        longestCommitGapNanos = 0;
        lastCommitNanos = System.nanoTime();
    }

    /** All that were acknowledged, in order. */
    public synchronized List<Commit> commits() {
        return List.copyOf(commits);
    }

    public synchronized double longestCommitGapSeconds() {
        return longestCommitGapNanos / 1e9;
    }

    /** kill -9. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
