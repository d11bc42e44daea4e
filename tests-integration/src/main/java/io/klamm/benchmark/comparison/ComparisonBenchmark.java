/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import io.klamm.testkit.BrokerProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Runs the same workloads on Klamm and on Apache Kafka, three nodes each with their own default settings, in turns: one round starts and
 * stops each program once. The clients share the machine with the nodes. Prints each figure as it comes, and in the end a table of medians
 * and of the rounds' ratios; draws the ratios.
 *
 * <p>System properties: comparison.programs (klamm,kafka), comparison.rounds, comparison.only (a regular expression that names of workloads
 * must contain), comparison.megabytes, comparison.seconds, comparison.capacity (records a second), comparison.out (folder of table.md and
 * ratios.svg).
 */
public final class ComparisonBenchmark {
    private static final int REST_SECONDS = 3;

    private final Results results = new Results();
    private final List<BrokerProgram> programs;
    private final List<Workload> workloads;

    private ComparisonBenchmark(List<BrokerProgram> programs, List<Workload> workloads) {
        this.programs = programs;
        this.workloads = workloads;
    }

    public static void main(String[] arguments) throws Exception {
        Pattern only = Pattern.compile(System.getProperty("comparison.only", ""));
        List<BrokerProgram> programs = new ArrayList<>();
        for (String program : System.getProperty("comparison.programs", "klamm").split(",", -1)) {
            programs.add(BrokerProgram.named(program));
        }
        List<Workload> workloads = Workloads.all(
                        Long.getLong("comparison.megabytes", 1_000),
                        Integer.getInteger("comparison.capacity", 60_000),
                        Integer.getInteger("comparison.seconds", 20))
                .stream()
                .filter(workload -> only.matcher(workload.name()).find())
                .toList();
        ComparisonBenchmark benchmark = new ComparisonBenchmark(programs, workloads);
        int rounds = Integer.getInteger("comparison.rounds", 3);
        for (int round = 1; round <= rounds; round++) {
            System.out.println("round " + round + " of " + rounds);
            benchmark.round();
        }
        benchmark.report(Path.of(System.getProperty("comparison.out", ".")));
    }

    private void round() throws Exception {
        MachineBounds.measure((figure, value) -> note(MachineBounds.MACHINE, figure, value));
        for (BrokerProgram program : programs) {
            try (Subject subject = Subject.start(program)) {
                note(
                        subject.program(),
                        new Figure("start of three nodes", "to the first acknowledged record", "s"),
                        subject.startSeconds());
                for (Workload workload : workloads) {
                    TimeUnit.SECONDS.sleep(
                            REST_SECONDS); // what the one before has left to be written, flushed and deleted
                    workload.run(subject, (figure, value) -> note(subject.program(), figure, value));
                }
            }
        }
    }

    private void note(String program, Figure figure, double value) {
        results.add(program, figure, value);
        System.out.println(String.format(
                Locale.ROOT,
                "%-18s %-44s %-32s %10s %s",
                program,
                figure.workload(),
                figure.what(),
                MarkdownTable.number(value),
                figure.unit()));
    }

    private void report(Path out) throws IOException {
        List<String> names = programs.stream().map(BrokerProgram::name).toList();
        String table = new MarkdownTable(results, List.of(MachineBounds.MACHINE)).text()
                + "\n\n"
                + new MarkdownTable(results, names).text()
                + "\n";
        System.out.println("\n" + table);
        Files.createDirectories(out);
        Files.writeString(out.resolve("table.md"), table);
        if (names.size() > 1) {
            Files.writeString(out.resolve("ratios.svg"), new RatioChart(results, names.get(0), names.get(1)).svg());
        }
        System.out.println("Written to " + out);
    }
}
