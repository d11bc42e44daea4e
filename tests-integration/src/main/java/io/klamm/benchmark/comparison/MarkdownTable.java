/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results as a table for a document: medians, and the median of the rounds' ratios of the first program to each of the others. */
final class MarkdownTable {
    private final Results results;
    private final List<String> programs;

    MarkdownTable(Results results, List<String> programs) {
        this.results = results;
        this.programs = programs;
    }

    String text() {
        List<String> lines = new ArrayList<>();
        List<String> others = programs.subList(1, programs.size());
        StringBuilder head = new StringBuilder("| workload | figure | unit |");
        StringBuilder rule = new StringBuilder("| --- | --- | --- |");
        programs.forEach(program -> head.append(' ').append(program).append(" |"));
        others.forEach(other -> head.append(" ratio to ").append(other).append(" |"));
        rule.append(" ---: |".repeat(programs.size() + others.size()));
        lines.add(head.toString());
        lines.add(rule.toString());
        for (Figure figure : results.figures()) {
            if (programs.stream().anyMatch(program -> !Double.isNaN(results.median(figure, program)))) {
                lines.add(line(figure, others));
            }
        }
        return String.join("\n", lines);
    }

    private String line(Figure figure, List<String> others) {
        StringBuilder line = new StringBuilder("| ")
                .append(figure.workload())
                .append(" | ")
                .append(figure.what())
                .append(" | ")
                .append(figure.unit())
                .append(" |");
        for (String program : programs) {
            line.append(' ').append(number(results.median(figure, program))).append(" |");
        }
        for (String other : others) {
            double ratio = results.medianRatio(figure, programs.get(0), other);
            line.append(' ')
                    .append(Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio))
                    .append(" |");
        }
        return line.toString();
    }

    /** Three digits are more than such a machine repeats. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
