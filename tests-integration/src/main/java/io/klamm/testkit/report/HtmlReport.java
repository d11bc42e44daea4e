/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Event;
import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Outcome;
import io.klamm.testkit.history.Send;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.judge.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

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
            .fault{fill:#d98a2b;fill-opacity:.9}
            .gap{fill:#b3261e}
            .violation{fill:#b3261e}
            .leader{font-size:11px;fill:#22303a}
            """;

    private HtmlReport() {}

    /** @param title one line: what ran, where, from which seed */
    public static void write(Path file, String title, History history, List<Violation> violations) throws IOException {
        Files.writeString(file, render(title, history, violations));
    }

    static String render(String title, History history, List<Violation> violations) {
        TimeLine line = new TimeLine(history);
        StringBuilder page = new StringBuilder(
                        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(Html.escape(title))
                .append("</title><style>")
                .append(STYLE)
                .append("</style></head><body>\n<h1>")
                .append(
                        violations.isEmpty()
                                ? "All promises held"
                                : violations.size() + (violations.size() == 1 ? " broken promise" : " broken promises"))
                .append("</h1><p class=\"sub\">")
                .append(Html.escape(title))
                .append("</p>\n");
        tiles(page, history, line, violations);
        violations(page, violations);
        page.append("<h2>Time line</h2><div class=\"card\">")
                .append(TimeLineDrawing.draw(history, line, violations))
                .append("</div>\n");
        faults(page, history, line);
        gaps(page, line);
        return page.append("</body></html>\n").toString();
    }

    private static void tiles(StringBuilder page, History history, TimeLine line, List<Violation> violations) {
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
        tile(page, violations.isEmpty() ? "tile good" : "tile evil", violations.size() + "", "violations");
        tile(page, "tile", Html.seconds(line.endNanos()), "length of the run");
        tile(page, "tile", sends.size() + "", "sends");
        tile(page, "tile", acknowledged + "", "acknowledged");
        tile(page, "tile", unknown + "", "outcome unknown");
        tile(page, "tile", (sends.size() - acknowledged - unknown) + "", "failed");
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

    private static void faults(StringBuilder page, History history, TimeLine line) {
        page.append("<h2>Faults</h2><table><tr><th>from</th><th>for</th><th>longest pause</th>");
        page.append("<th>fault</th><th>nodes</th><th>evidence</th></tr>\n");
        for (Fault fault : history.of(Fault.class)) {
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
                    .append(Html.escape(fault.name()))
                    .append("</td><td>")
                    .append(fault.nodes());
            page.append("</td><td>").append(Html.escape(fault.evidence())).append("</td></tr>\n");
        }
        page.append("</table>\n");
    }

    private static void gaps(StringBuilder page, TimeLine line) {
        page.append(
                "<h2>Pauses between acknowledgements, from 0.5 s</h2><table><tr><th>partition</th><th>pauses</th><th>longest</th>");
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
