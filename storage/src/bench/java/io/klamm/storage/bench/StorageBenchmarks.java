/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.bench;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs every benchmark and its physical bounds in turns, round by round, and prints the medians: of the figures, and of the ratios of one
 * round. System properties: bench.dir (needed; on the disk that is to be measured), bench.rounds, bench.only (a regular expression on
 * classes), bench.recovery.mib, bench.logs, bench.keys.
 */
public final class StorageBenchmarks {
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
    private static final String ONLY = System.getProperty("bench.only", "");
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    private StorageBenchmarks() {}

    /** @param unit of the figure printed: what one operation is, and what it is divided by */
    private record Line(String what, String ours, String bound, String boundName, String unit, double scale) {}

    public static void main(String[] arguments) throws Exception {
        StorageBenchmarks benchmarks = new StorageBenchmarks();
        BenchData.delete(BenchData.ROOT);
        Files.createDirectories(BenchData.ROOT);
        System.out.println("JDK " + Runtime.version() + ", " + Runtime.getRuntime().availableProcessors()
                + " processors, " + ROUNDS + " rounds");
        if ("StartBench".matches(".*" + ONLY + ".*")) {
            BenchData.makeLarge();
        }
        if ("StartBench StopBench".matches(".*" + ONLY + ".*")) {
            BenchData.makeMany();
        }
        if ("CompactionBench".matches(".*" + ONLY + ".*")) {
            BenchData.makeKeys();
        }
        for (int round = 0; round < ROUNDS; round++) {
            benchmarks.run("AppendBench", 2, 3);
            benchmarks.run("FlushBench", 1, 2);
            benchmarks.run("ReadBench", 2, 5);
            benchmarks.run("IndexBench", 2, 3);
            benchmarks.run("StartBench", 1, 2);
            benchmarks.run("StopBench", 1, 2);
            benchmarks.run("CompactionBench", 0, 1);
        }
        benchmarks.print();
        BenchData.delete(BenchData.ROOT);
    }

    private void run(String name, int warmups, int iterations) throws Exception {
        if (!name.matches(".*" + ONLY + ".*")) {
            return;
        }
        List<String> jvm = new ArrayList<>(List.of("-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"));
        System.getProperties().forEach((key, value) -> {
            if (key.toString().startsWith("bench.")) {
                jvm.add("-D" + key + "=" + value);
            }
        });
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\." + name + "\\.")
                .forks(1)
                .warmupIterations(warmups)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.seconds(1))
                .timeout(TimeValue.minutes(20))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .addProfiler(GCProfiler.class)
                .jvmArgs(jvm.toArray(String[]::new));
        for (RunResult result : results(options)) {
            String benchmark = result.getParams().getBenchmark();
            String key = benchmark.substring(benchmark.lastIndexOf('.') + 1)
                    + result.getParams().getParamsKeys().stream()
                            .map(param -> " " + result.getParams().getParam(param))
                            .reduce("", String::concat);
            figures.computeIfAbsent(key, unused -> new ArrayList<>())
                    .add(result.getPrimaryResult().getStatistics().getPercentile(50)
                            * nanosPer(result.getParams().getTimeUnit()));
            Result<?> allocation = result.getSecondaryResults().get(ALLOCATION);
            if (allocation != null) {
                figures.computeIfAbsent(key + " bytes", unused -> new ArrayList<>())
                        .add(allocation.getScore());
            }
        }
    }

    /** A benchmark that fails leaves its line out of the table. */
    private static Collection<RunResult> results(ChainedOptionsBuilder options) {
        try {
            return new Runner(options.build()).run();
        } catch (RunnerException e) {
            e.printStackTrace();
            return List.of();
        }
    }

    private static double nanosPer(TimeUnit unit) {
        return unit.toNanos(1);
    }

    private void print() {
        List<Line> lines = new ArrayList<>();
        for (String bytes : List.of("16384", "1048576")) {
            String size = bytes.equals("16384") ? "16 KiB" : "1 MiB";
            String append = "append " + bytes;
            for (String bound : List.of("memcpy", "crc32c", "pwrite")) {
                lines.add(new Line("append of " + size, append, bound + " " + bytes, bound, "us", 1e3));
            }
            lines.add(new Line(
                    "append of " + size + ", flushed",
                    "appendAndFlush " + bytes,
                    "pwriteAndFdatasync " + bytes,
                    "pwrite + fdatasync",
                    "us",
                    1e3));
        }
        for (int partitions : new int[] {1, 6, 60, 600}) {
            lines.add(new Line(
                    "append of 1 KiB, each on disk, " + partitions + (partitions == 1 ? " partition" : " partitions"),
                    "durableAppends " + partitions,
                    "writesAndForces " + partitions,
                    "64 x pwrite, fdatasync of each file",
                    "us",
                    1e3));
        }
        for (String cache : List.of("warm", "cold")) {
            lines.add(new Line(
                    "read of 1 MiB, " + cache,
                    "read " + cache,
                    "pread " + cache,
                    "pread",
                    "us",
                    1e3 * ReadBench.READS));
        }
        String lookUp = "look-up in the index of a sealed 1 GiB";
        lines.add(new Line(lookUp, "lookUp", "preadOfAPage", "pread of 4 KiB", "us", 1e3));
        lines.add(new Line(lookUp, "lookUp", "lookUpStepByStep", "a pread each step", "us", 1e3));
        lines.add(new Line(lookUp, "lookUp", "mappedLookUp", "mapped memory", "us", 1e3));
        lines.add(new Line(
                lookUp + ", opened for it", "openAndLookUp", "mapAndLookUp", "open, map, look up", "us", 1e3));
        lines.add(new Line(
                "recovery of " + (BenchData.LARGE_BYTES >> 20) + " MiB, cold",
                "recovery",
                "readOfTheSameBytes",
                "read from the disk",
                "ms",
                1e6));
        lines.add(new Line(
                "open and close " + BenchData.MANY_LOGS + " logs",
                "openManyLogs",
                "openTheSameFiles",
                "list, read, stat",
                "ms",
                1e6));
        lines.add(new Line(
                "clean stop of " + BenchData.MANY_LOGS + " logs, a batch in each",
                "cleanStop",
                "forceOfSoManyFiles",
                "fdatasync of as many files",
                "ms",
                1e6));
        lines.add(new Line(
                "compaction, " + BenchData.KEY_COUNT + " keys",
                "compaction",
                "copyOfTheSameBytes",
                "2 x read, write, fdatasync",
                "ms",
                1e6));
        System.out.printf(
                "%n| what | median | physical bound | median | ratio (median of rounds) |%n| --- | ---: | --- | ---: | ---: |%n");
        for (Line line : lines) {
            print(line);
        }
        for (String key : List.of("append 16384 bytes", "append 1048576 bytes")) {
            if (figures.containsKey(key)) {
                System.out.printf(Locale.ROOT, "%nallocated by %s: %.0f B", key.replace(" bytes", ""), median(figures.get(key)));
            }
        }
        System.out.println();
    }

    private void print(Line line) {
        List<Double> ours = figures.get(line.ours());
        List<Double> bound = figures.get(line.bound());
        if (ours == null || bound == null) {
            return;
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            ratios.add(ours.get(i) / bound.get(i));
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f %s | %s | %.1f %s | %.2f |%n",
                line.what(),
                median(ours) / line.scale(),
                line.unit(),
                line.boundName(),
                median(bound) / line.scale(),
                line.unit(),
                median(ratios));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
