/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What many runs come to, as tables in Markdown: by scenario, by fault, and the runs that were not good. */
public final class SummaryTable {
    private SummaryTable() {}

    public static String of(List<RunSummary> runs) {
        StringBuilder text = new StringBuilder();
        scenarios(text, runs);
        faults(text, runs);
        bad(text, runs);
        return text.toString();
    }

    private static void scenarios(StringBuilder text, List<RunSummary> runs) {
        text.append(
                        "| scenario | runs | seeds | minutes | sends | acknowledged | polls | faults | violations | ended early |\n")
                .append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        Map<String, List<RunSummary>> byScenario =
                runs.stream().collect(Collectors.groupingBy(RunSummary::scenario, TreeMap::new, Collectors.toList()));
        byScenario.forEach((scenario, of) -> row(text, scenario, of));
        row(text, "all", runs);
    }

    private static void row(StringBuilder text, String what, List<RunSummary> runs) {
        List<Object> cells = List.of(
                what,
                runs.size(),
                runs.stream().map(RunSummary::seed).distinct().count(),
                Html.number(runs.stream().mapToDouble(RunSummary::minutes).sum()),
                Html.count(
                        runs.stream().mapToLong(run -> run.operations().sends()).sum()),
                Html.count(runs.stream()
                        .mapToLong(run -> run.operations().acknowledged())
                        .sum()),
                Html.count(runs.stream().mapToLong(RunSummary::polls).sum()),
                Html.count(runs.stream()
                        .flatMap(run -> run.faults().values().stream())
                        .mapToLong(RunSummary.Harm::times)
                        .sum()),
                runs.stream()
                        .flatMap(run -> run.violations().values().stream())
                        .mapToLong(Integer::longValue)
                        .sum(),
                runs.stream().filter(run -> run.endedBy() != null).count());
        row(text, cells);
    }

    private record Worst(int times, long pauseMillis, long seed) {
        Worst and(Worst other) {
            Worst worse = other.pauseMillis > pauseMillis ? other : this;
            return new Worst(times + other.times, worse.pauseMillis, worse.seed);
        }
    }

    private static void faults(StringBuilder text, List<RunSummary> runs) {
        Map<String, Worst> worst = new TreeMap<>();
        for (RunSummary run : runs) {
            run.faults()
                    .forEach((fault, harm) -> worst.merge(
                            fault, new Worst(harm.times(), harm.longestPauseMillis(), run.seed()), Worst::and));
        }
        text.append("\n| act and fault | times | longest pause of a partition | in the run of seed |\n")
                .append("| --- | ---: | ---: | ---: |\n");
        worst.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue().pauseMillis()))
                .forEach(entry -> {
                    Worst of = entry.getValue();
                    boolean none = of.pauseMillis == 0;
                    row(
                            text,
                            List.of(
                                    entry.getKey(),
                                    Html.count(of.times),
                                    none
                                            ? "under 0.5 s"
                                            : String.format(Locale.ROOT, "%.2f s", of.pauseMillis / 1000.0),
                                    none ? "" : of.seed));
                });
    }

    private static void bad(StringBuilder text, List<RunSummary> runs) {
        List<RunSummary> bad = runs.stream().filter(run -> !run.good()).toList();
        if (bad.isEmpty()) {
            return;
        }
        text.append("\n| seed | scenario | violations | ended by | again with |\n")
                .append("| ---: | --- | --- | --- | --- |\n");
        for (RunSummary run : bad) {
            String anomalies = run.violations().entrySet().stream()
                    .map(entry -> entry.getValue() + " " + entry.getKey())
                    .collect(Collectors.joining(", "));
            String ended = run.endedBy() == null ? "" : run.endedBy();
            row(text, List.of(run.seed(), run.scenario(), anomalies, ended.replaceAll("\\s+", " "), run.settings()));
        }
    }

    private static void row(StringBuilder text, List<?> cells) {
        text.append(cells.stream()
                        .map(cell -> cell.toString().replace("|", "\\|"))
                        .collect(Collectors.joining(" | ", "| ", " |")))
                .append('\n');
    }
}
