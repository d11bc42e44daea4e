/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Poll;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.judge.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A run on one page that needs nothing else: violations first, then the time line, the faults with their evidence, and the pauses. */
public final class HtmlReport {
    private static final int MOST_VIOLATIONS = 100;
    private static final String STYLE = """
            body{font:15px/1.5 system-ui,sans-serif;color:#22303a;background:#f6f7f5;margin:0 auto;max-width:1180px;padding:24px}
            h1{font-size:24px;margin:0}
            h2{font-size:17px;margin:28px 0 8px}
            p.sub{color:#66757f;margin:2px 0 16px}
            .tiles{display:flex;flex-wrap:wrap;gap:12px}
            .tile{background:#fff;border:1px solid #dde2de;border-radius:8px;padding:8px 16px}
            .tile b{display:block;font-size:21px}
            .tile span{color:#66757f;font-size:13px}
            .good b{color:#2c7a4b}
            .evil b{color:#b3261e}
            .card{background:#fff;border:1px solid #dde2de;border-radius:8px;padding:12px}
            details{background:#fff;border:1px solid #e3b5b1;border-left:5px solid #b3261e;border-radius:6px;margin:8px 0;padding:8px 12px}
            summary{cursor:pointer}
            summary b{color:#b3261e}
            pre{white-space:pre-wrap;font-size:12px;color:#44525c;margin:8px 0 0}
            table{border-collapse:collapse;width:100%;background:#fff}
            td,th{border-bottom:1px solid #e6eae7;padding:5px 10px;text-align:left;vertical-align:top}
            th{color:#66757f;font-weight:600;font-size:13px}
            td.n{text-align:right;white-space:nowrap}
            svg{width:100%;height:auto;display:block}
            .label{text-anchor:end;font-size:12px;fill:#44525c}
            .axis{text-anchor:middle;font-size:11px;fill:#66757f}
            .tick{stroke:#22303a;stroke-opacity:.09}
            .ok{fill:#5b9a76}
            .bad{fill:#c9483e}
            .lane{fill:#eef1ee}
            .fault{fill-opacity:.92}
            .f-death{fill:#4a5560}
            .f-freeze{fill:#d98a2b}
            .f-link{fill:#8a5aa8}
            .f-disk{fill:#3f72b0}
            .f-clock{fill:#1f8f86}
            .f-operator{fill:#a9b0a5}
            .f-other{fill:#c2a100}
            .kind{font-size:9px;fill:#fff}
            .act{fill:#22303a}
            .name{font-size:11px;fill:#fff}
            .band{fill:#22303a;fill-opacity:.05}
            .legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:12px;color:#44525c;margin:8px 0 0 4px}
            .legend svg{width:12px;height:12px;display:inline-block;vertical-align:-1px;margin-right:5px}
            tr.act td{background:#eef1ee;font-weight:600}
            .gap{fill:#b3261e}
            .violation{fill:#b3261e}
            .leader{font-size:11px;fill:#22303a}
            """;

    private HtmlReport() {}

    /** A run that came to its end. */
    public static void write(Path file, String title, History history, List<Violation> violations) throws IOException {
        write(file, title, history, violations, List.of(), null);
    }

    /** @param findings what else was not as it should be, a line each */
    public static void write(
            Path file, String title, History history, List<Violation> violations, List<String> findings)
            throws IOException {
        write(file, title, history, violations, findings, null);
    }

    /**
     * @param title one line: what ran, where, from which seed
     * @param findings what else was not as it should be, a line each
     * @param endedBy what ended the run before its time; null when it came to its end
     */
    public static void write(
            Path file,
            String title,
            History history,
            List<Violation> violations,
            List<String> findings,
            @Nullable String endedBy)
            throws IOException {
        Files.writeString(file, render(title, history, violations, findings, endedBy));
    }

    static String render(String title, History history, List<Violation> violations, @Nullable String endedBy) {
        return render(title, history, violations, List.of(), endedBy);
    }

    private static String render(
            String title,
            History history,
            List<Violation> violations,
            List<String> findings,
            @Nullable String endedBy) {
        TimeLine line = new TimeLine(history);
        StringBuilder page = new StringBuilder(
                        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(Html.escape(title))
                .append("</title><style>")
                .append(STYLE)
                .append("</style></head><body>\n<h1>")
                .append(headline(violations.size(), findings.size(), endedBy))
                .append("</h1><p class=\"sub\">")
                .append(Html.escape(title))
                .append("</p>\n");
        if (endedBy != null) {
            page.append("<pre>").append(Html.escape(endedBy)).append("</pre>\n");
        }
        tiles(page, history, line, violations, endedBy != null);
        findings(page, findings);
        violations(page, violations);
        page.append("<h2>Time line</h2><div class=\"card\">").append(TimeLineDrawing.draw(history, line, violations));
        legend(page, history);
        page.append("</div>\n");
        unavailability(page, line);
        faults(page, line);
        gaps(page, line);
        return page.append("</body></html>\n").toString();
    }

    /** Of a run that ended early nobody knows what it would have shown. */
    private static String headline(int violations, int findings, @Nullable String endedBy) {
        String broken = violations + (violations == 1 ? " broken promise" : " broken promises");
        if (endedBy != null) {
            return "Ended early" + (violations == 0 ? "" : ", " + broken);
        }
        String found = findings == 0 ? "" : ", " + findings + (findings == 1 ? " finding" : " findings");
        return (violations == 0 ? "All promises held" : broken) + found;
    }

    private static void tiles(
            StringBuilder page, History history, TimeLine line, List<Violation> violations, boolean early) {
        List<Send> sends = history.of(Send.class);
        long acknowledged = sends.stream().filter(Send::acknowledged).count();
        long unknown =
                sends.stream().filter(send -> send.outcome() == Outcome.UNKNOWN).count();
        long longest = line.gaps().values().stream()
                .flatMap(List::stream)
                .mapToLong(TimeLine.Gap::nanos)
                .max()
                .orElse(0);
        page.append("<div class=\"tiles\">");
        tile(
                page,
                violations.isEmpty() ? (early ? "tile" : "tile good") : "tile evil",
                violations.size() + "",
                "violations");
        tile(page, "tile", Html.seconds(line.endNanos()), "length of the run");
        tile(page, "tile", Html.count(sends.size()), "sends");
        tile(page, "tile", Html.count(acknowledged), "acknowledged");
        tile(page, "tile", Html.count(unknown), "outcome unknown");
        tile(page, "tile", Html.count(sends.size() - acknowledged - unknown), "failed");
        tile(page, "tile", Html.count(history.of(Poll.class).size()), "polls with records");
        tile(page, "tile", line.acts().size() + "", "acts");
        tile(page, "tile", history.of(Fault.class).size() + "", "faults");
        tile(page, "tile", longest == 0 ? "under 0.5 s" : Html.seconds(longest), "longest pause of a partition");
        page.append("</div>\n");
    }

    private static void tile(StringBuilder page, String style, String figure, String what) {
        page.append("<div class=\"")
                .append(style)
                .append("\"><b>")
                .append(Html.escape(figure))
                .append("</b><span>");
        page.append(what).append("</span></div>");
    }

    private static void findings(StringBuilder page, List<String> findings) {
        if (findings.isEmpty()) {
            return;
        }
        page.append("<h2>").append(findings.size()).append(" findings</h2>\n");
        findings.stream().limit(MOST_VIOLATIONS).forEach(finding -> page.append("<details open><pre>")
                .append(Html.escape(finding))
                .append("</pre></details>\n"));
    }

    private static void violations(StringBuilder page, List<Violation> violations) {
        if (violations.isEmpty()) {
            return;
        }
        page.append("<h2>Violations</h2>\n");
        violations.stream().limit(MOST_VIOLATIONS).forEach(violation -> {
            page.append("<details><summary><b>").append(violation.anomaly()).append("</b> in ");
            page.append(Html.escape(violation.where() + ": " + violation.message()))
                    .append("</summary><pre>");
            for (Event operation : violation.operations()) {
                page.append(Html.escape(operation.toString())).append('\n');
            }
            for (Fault fault : violation.faults()) {
                page.append("during ").append(Html.escape(fault.toString())).append('\n');
            }
            page.append("</pre></details>\n");
        });
        if (violations.size() > MOST_VIOLATIONS) {
            page.append("<p>and ").append(violations.size() - MOST_VIOLATIONS).append(" more</p>\n");
        }
    }

    private static void legend(StringBuilder page, History history) {
        page.append("<div class=\"legend\">");
        legend(page, "ok", "acknowledged");
        legend(page, "bad", "failed or unknown");
        legend(page, "gap", "no acknowledgement for half a second or more");
        EnumSet<FaultColour> colours = EnumSet.noneOf(FaultColour.class);
        history.of(Fault.class).forEach(fault -> colours.add(FaultColour.of(fault)));
        colours.forEach(colour -> legend(page, colour.style(), colour.meaning()));
        page.append("<span>numbers in lanes of partitions: who leads</span></div>");
    }

    private static void legend(StringBuilder page, String style, String meaning) {
        page.append("<span><svg viewBox=\"0 0 12 12\"><rect class=\"")
                .append(style)
                .append("\" width=\"12\" height=\"12\"/></svg>")
                .append(Html.escape(meaning))
                .append("</span>");
    }

    /** The acts that hurt most come first. */
    private static void unavailability(StringBuilder page, TimeLine line) {
        Map<String, List<TimeLine.Act>> byPlay = new TreeMap<>();
        line.acts().forEach(act -> byPlay.computeIfAbsent(act.play(), play -> new ArrayList<>())
                .add(act));
        if (byPlay.isEmpty()) {
            return;
        }
        page.append("<h2>Longest time without an acknowledgement, by act</h2><table><tr><th>act</th><th>times</th>");
        page.append("<th>longest pause</th><th>of partition</th><th>it began at</th></tr>\n");
        byPlay.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -longest(entry.getValue())))
                .forEach(entry -> {
                    long nanos = longest(entry.getValue());
                    page.append("<tr><td>").append(Html.escape(entry.getKey()));
                    page.append("</td><td class=\"n\">")
                            .append(entry.getValue().size())
                            .append("</td>");
                    TimeLine.Pause pause = entry.getValue().stream()
                            .map(TimeLine.Act::pause)
                            .filter(each -> each != null && each.gap().nanos() == nanos)
                            .findFirst()
                            .orElse(null);
                    if (pause == null) {
                        page.append("<td class=\"n\">under 0.5 s</td><td></td><td></td></tr>\n");
                    } else {
                        page.append("<td class=\"n\">").append(Html.seconds(nanos));
                        page.append("</td><td>")
                                .append(Html.escape(pause.partition().toString()));
                        page.append("</td><td class=\"n\">")
                                .append(Html.seconds(pause.gap().fromNanos()))
                                .append("</td></tr>\n");
                    }
                });
        page.append("</table>\n");
    }

    private static long longest(List<TimeLine.Act> acts) {
        return acts.stream()
                .mapToLong(act -> act.pause() == null ? 0 : act.pause().gap().nanos())
                .max()
                .orElse(0);
    }

    private static void faults(StringBuilder page, TimeLine line) {
        page.append("<h2>Faults, and the evidence that they bit</h2><table><tr><th>from</th><th>for</th>");
        page.append("<th>longest pause</th><th>fault</th><th>nodes</th><th>evidence</th></tr>\n");
        int number = 0;
        for (TimeLine.Act act : line.acts()) {
            number++;
            page.append("<tr class=\"act\"><td colspan=\"6\">")
                    .append(number)
                    .append(' ')
                    .append(Html.escape(act.play()))
                    .append("</td></tr>\n");
            act.faults().forEach(fault -> fault(page, line, fault));
        }
        page.append("</table>\n");
    }

    private static void fault(StringBuilder page, TimeLine line, Fault fault) {
        long to = fault.span().completedNanos();
        page.append("<tr><td class=\"n\">").append(Html.seconds(fault.span().invokedNanos()));
        page.append("</td><td class=\"n\">");
        page.append(
                to == Span.NEVER
                        ? "never healed"
                        : Html.seconds(to - fault.span().invokedNanos()));
        long pause = line.longestPause(fault);
        page.append("</td><td class=\"n\">").append(pause == 0 ? "" : Html.seconds(pause));
        page.append("</td><td>")
                .append(Html.escape(fault.kind()))
                .append("</td><td>")
                .append(fault.nodes());
        page.append("</td><td>").append(Html.escape(fault.evidence())).append("</td></tr>\n");
    }

    private static void gaps(StringBuilder page, TimeLine line) {
        page.append(
                "<h2>Pauses between acknowledgements, and from the last one to the last send, from 0.5 s</h2><table><tr><th>partition</th><th>pauses</th><th>longest</th>");
        page.append("<th>it began at</th></tr>\n");
        for (Map.Entry<TopicPartition, List<TimeLine.Gap>> entry : line.gaps().entrySet()) {
            List<TimeLine.Gap> gaps = entry.getValue();
            page.append("<tr><td>")
                    .append(Html.escape(entry.getKey().toString()))
                    .append("</td><td class=\"n\">");
            page.append(gaps.size());
            gaps.stream()
                    .max(Comparator.comparingLong(TimeLine.Gap::nanos))
                    .ifPresentOrElse(
                            gap -> page.append("</td><td class=\"n\">")
                                    .append(Html.seconds(gap.nanos()))
                                    .append("</td><td class=\"n\">")
                                    .append(Html.seconds(gap.fromNanos())),
                            () -> page.append("</td><td></td><td>"));
            page.append("</td></tr>\n");
        }
        page.append("</table>\n");
    }
}
