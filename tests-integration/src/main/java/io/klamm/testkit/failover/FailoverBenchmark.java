/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.failover;

import io.klamm.testkit.BrokerProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/**
 * Inflicts faults on three nodes, of Klamm and of Apache Kafka, under a steady producer with default settings, and prints how long
 * acknowledgements paused: a line for every fault, and a table of medians and maxima at the end.
 *
 * <p>System properties: failover.programs (klamm, kafka, or both with a comma), klamm.apache.kafka (folder with Apache Kafka's jars),
 * failover.only (a regular expression on the names of faults), failover.kills, failover.silences, failover.flap.seconds,
 * failover.seed.
 */
public final class FailoverBenchmark {
    private static final Pattern COMMA = Pattern.compile(",");

    private FailoverBenchmark() {}

    private record Line(String scenario, String program, List<Round> rounds) {}

    public static void main(String[] arguments) throws Exception {
        Pattern only = Pattern.compile(System.getProperty("failover.only", ""));
        Scenario.Effort effort = new Scenario.Effort(
                Integer.getInteger("failover.kills", 20),
                Integer.getInteger("failover.silences", 5),
                Integer.getInteger("failover.flap.seconds", 300),
                Long.getLong("failover.seed", System.nanoTime()));
        System.out.printf(
                Locale.ROOT,
                "JDK %s, %d processors, seed %d%n",
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                effort.seed());
        List<String> programs = COMMA.splitAsStream(System.getProperty("failover.programs", "klamm,kafka"))
                .toList();
        List<Line> lines = new ArrayList<>();
        for (Scenario scenario : Scenarios.all()) {
            if (!only.matcher(scenario.name()).find()) {
                continue;
            }
            for (String program : programs) {
                lines.add(play(scenario, BrokerProgram.named(program), effort));
            }
        }
        print(lines);
    }

    private static Line play(Scenario scenario, BrokerProgram program, Scenario.Effort effort) throws Exception {
        System.out.println(scenario.name() + ", " + program.name());
        try (TestedCluster cluster = TestedCluster.start(program, scenario.namespaces())) {
            List<Round> rounds = new ArrayList<>();
            scenario.play().on(cluster, effort, round -> {
                rounds.add(round);
                System.out.printf(
                        Locale.ROOT,
                        "  pause %6.0f ms, servers %s, new producer %s, failed %d; %s%n",
                        round.pauseMs(),
                        figure(round.serversMs()),
                        figure(round.freshMs()),
                        round.failed(),
                        round.note());
            });
            return new Line(scenario.name(), program.name(), rounds);
        }
    }

    private static void print(List<Line> lines) {
        System.out.println();
        System.out.println("| fault | program | rounds | pause: median | max | servers: median | max "
                + "| new producer: median | max | failed records |");
        System.out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Line line : lines) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %d | %s | %s | %s | %s | %s | %s | %d |%n",
                    line.scenario(),
                    line.program(),
                    line.rounds().size(),
                    median(line, Round::pauseMs),
                    max(line, Round::pauseMs),
                    median(line, Round::serversMs),
                    max(line, Round::serversMs),
                    median(line, Round::freshMs),
                    max(line, Round::freshMs),
                    line.rounds().stream().mapToInt(Round::failed).sum());
        }
    }

    private static String median(Line line, ToDoubleFunction<Round> figure) {
        double[] sorted = sorted(line, figure);
        if (sorted.length == 0) {
            return "";
        }
        return figure((sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2);
    }

    private static String max(Line line, ToDoubleFunction<Round> figure) {
        double[] sorted = sorted(line, figure);
        return sorted.length == 0 ? "" : figure(sorted[sorted.length - 1]);
    }

    private static double[] sorted(Line line, ToDoubleFunction<Round> figure) {
        return line.rounds().stream()
                .mapToDouble(figure)
                .filter(value -> value >= 0)
                .sorted()
                .toArray();
    }

    private static String figure(double millis) {
        return millis < 0 ? "-" : String.format(Locale.ROOT, "%.0f ms", millis);
    }
}
