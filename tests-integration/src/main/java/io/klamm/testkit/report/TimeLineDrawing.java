/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import io.klamm.testkit.history.Fault;
import io.klamm.testkit.history.History;
import io.klamm.testkit.history.Leadership;
import io.klamm.testkit.history.Span;
import io.klamm.testkit.judge.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/** The time line as SVG: rates on top, then a lane for each node with its faults, and one for each partition with leaders and gaps. */
final class TimeLineDrawing {
    private static final int LEFT = 130;
    private static final int WIDTH = 1000;
    private static final int RATES = 110;
    private static final int LANE = 24;
    private static final int ROW = 13;
    private static final int SLICES = 250;
    private static final List<String> LEADERS =
            List.of("#9fc5a8", "#8fb8de", "#d9b48f", "#c3a6d8", "#d8cf8a", "#8fd0cc", "#dba0b0");

    private final History history;
    private final TimeLine line;
    private final StringBuilder svg = new StringBuilder();
    private int y = 10;

    private TimeLineDrawing(History history, TimeLine line) {
        this.history = history;
        this.line = line;
    }

    static String draw(History history, TimeLine line, List<Violation> violations) {
        TimeLineDrawing drawing = new TimeLineDrawing(history, line);
        drawing.rates();
        drawing.acts();
        drawing.violations(violations);
        drawing.nodes();
        drawing.partitions();
        drawing.axis();
        return "<svg viewBox=\"0 0 " + (LEFT + WIDTH + 20) + " " + (drawing.y + 10) + "\" role=\"img\">"
                + drawing.bands() + drawing.svg + "</svg>";
    }

    private double x(long nanos) {
        return LEFT + (double) Math.min(nanos, line.endNanos()) / line.endNanos() * WIDTH;
    }

    private void label(String text, int baseline) {
        svg.append("<text class=\"label\" x=\"")
                .append(LEFT - 8)
                .append("\" y=\"")
                .append(baseline)
                .append("\">");
        svg.append(Html.escape(text)).append("</text>");
    }

    private void bar(String style, double x, double top, double width, double height, String title) {
        svg.append("<rect ")
                .append(style)
                .append(" x=\"")
                .append(Html.number(x))
                .append("\" y=\"")
                .append(Html.number(top));
        svg.append("\" width=\"").append(Html.number(Math.max(width, 0.8))).append("\" height=\"");
        svg.append(Html.number(height))
                .append("\"><title>")
                .append(Html.escape(title))
                .append("</title></rect>\n");
    }

    private void rates() {
        List<TimeLine.Rate> rates = line.rates(SLICES);
        double sliceSeconds = (double) line.endNanos() / SLICES / TimeUnit.SECONDS.toNanos(1);
        int most = rates.stream()
                .mapToInt(rate -> rate.acknowledged() + rate.failed())
                .max()
                .orElse(1);
        label("sends / s", y + 12);
        label(Html.number(most / sliceSeconds), y + 28);
        double width = (double) WIDTH / SLICES;
        for (int i = 0; i < SLICES; i++) {
            TimeLine.Rate rate = rates.get(i);
            double good = (double) rate.acknowledged() / Math.max(1, most) * RATES;
            double bad = (double) rate.failed() / Math.max(1, most) * RATES;
            double left = LEFT + i * width;
            if (rate.acknowledged() > 0) {
                bar(
                        "class=\"ok\"",
                        left,
                        y + RATES - good,
                        width,
                        good,
                        Math.round(rate.acknowledged() / sliceSeconds) + " acknowledged / s");
            }
            if (rate.failed() > 0) {
                bar(
                        "class=\"bad\"",
                        left,
                        y + RATES - good - bad,
                        width,
                        Math.max(bad, 2),
                        rate.failed() + " failed or unknown");
            }
        }
        y += RATES + 12;
    }

    private void violations(List<Violation> violations) {
        if (violations.isEmpty()) {
            return;
        }
        label("violations", y + 15);
        for (Violation violation : violations) {
            violation.operations().stream().findFirst().ifPresent(operation -> {
                double at = x(operation.span().invokedNanos());
                svg.append("<path class=\"violation\" d=\"M")
                        .append(Html.number(at))
                        .append(' ')
                        .append(y + 3);
                svg.append("l6 14h-12z\"><title>")
                        .append(Html.escape(violation.anomaly() + " in " + violation.where()));
                svg.append("</title></path>\n");
            });
        }
        y += LANE;
    }

    /** The number of each act, which the table of faults has too. */
    private void acts() {
        label("acts", y + 15);
        int number = 0;
        for (TimeLine.Act act : line.acts()) {
            number++;
            double left = x(act.fromNanos());
            double width = Math.max(12, x(act.toNanos()) - left);
            bar("class=\"act\"", left, y, width, LANE - 6, number + ": " + act.play());
            String name = number + " " + act.play();
            text("name", left + 4, y + 13, width > 7.2 * name.length() ? name : Integer.toString(number));
        }
        y += LANE;
    }

    /** Behind everything: the time of each act. */
    private StringBuilder bands() {
        StringBuilder bands = new StringBuilder();
        for (TimeLine.Act act : line.acts()) {
            double left = x(act.fromNanos());
            bands.append("<rect class=\"band\" x=\"").append(Html.number(left)).append("\" y=\"10\" width=\"");
            bands.append(Html.number(Math.max(1, x(act.toNanos()) - left)));
            bands.append("\" height=\"").append(y - 24).append("\"/>\n");
        }
        return bands;
    }

    private void text(String style, double x, double baseline, String text) {
        svg.append("<text class=\"").append(style).append("\" x=\"").append(Html.number(x));
        svg.append("\" y=\"").append(Html.number(baseline)).append("\">");
        svg.append(Html.escape(text)).append("</text>\n");
    }

    private void nodes() {
        TreeSet<Integer> nodes = new TreeSet<>();
        history.of(Fault.class).forEach(fault -> nodes.addAll(fault.nodes()));
        history.of(Leadership.class).forEach(seen -> nodes.add(seen.leader()));
        nodes.remove(Leadership.NONE);
        for (Integer node : nodes) {
            // Faults that overlap lie below each other.
            List<List<Fault>> rows = rows(history.of(Fault.class).stream()
                    .filter(fault -> fault.nodes().contains(node))
                    .toList());
            int height = Math.max(LANE - 4, rows.size() * ROW);
            label("node " + node, y + 15);
            bar("class=\"lane\"", LEFT, y, WIDTH, height, "node " + node);
            for (int row = 0; row < rows.size(); row++) {
                for (Fault fault : rows.get(row)) {
                    fault(fault, y + row * ROW, rows.size() == 1 ? height : ROW - 1);
                }
            }
            y += height + 4;
        }
        y += 8;
    }

    private static List<List<Fault>> rows(List<Fault> faults) {
        List<List<Fault>> rows = new ArrayList<>();
        for (Fault fault : faults) {
            List<Fault> free = null;
            for (List<Fault> row : rows) {
                if (free == null && row.get(row.size() - 1).span().before(fault.span())) {
                    free = row;
                }
            }
            if (free == null) {
                free = new ArrayList<>();
                rows.add(free);
            }
            free.add(fault);
        }
        return rows;
    }

    private void fault(Fault fault, int top, int height) {
        long from = fault.span().invokedNanos();
        long to = fault.span().completedNanos();
        String lasting = to == Span.NEVER ? "never healed" : Html.seconds(to - from);
        double width = x(to) - x(from);
        FaultColour colour = FaultColour.of(fault);
        bar(
                "class=\"" + colour.style() + "\"",
                x(from),
                top,
                width,
                height,
                fault.name() + ", " + lasting + ": " + fault.evidence());
        String kind = fault.kind();
        if (width > 6.4 * kind.length()) {
            text("kind", x(from) + 3, top + height / 2.0 + 3.5, kind);
        }
    }

    private void partitions() {
        Map<TopicPartition, List<TimeLine.Gap>> gaps = line.gaps();
        gaps.forEach((partition, of) -> {
            label(partition.toString(), y + 15);
            bar("class=\"lane\"", LEFT, y, WIDTH, LANE - 4, partition + ": leader not looked at");
            for (TimeLine.Reign reign : line.reigns(partition)) {
                boolean none = reign.leader() == Leadership.NONE;
                String colour = none ? "#fff" : LEADERS.get(Math.floorMod(reign.leader() - 1, LEADERS.size()));
                double width = x(reign.toNanos()) - x(reign.fromNanos());
                bar(
                        "fill=\"" + colour + "\"",
                        x(reign.fromNanos()),
                        y,
                        width,
                        LANE - 4,
                        (none ? "no leader" : "node " + reign.leader() + " leads") + " in epoch "
                                + reign.leaderEpoch());
                if (width > 16 && !none) {
                    svg.append("<text class=\"leader\" x=\"").append(Html.number(x(reign.fromNanos()) + 4));
                    svg.append("\" y=\"")
                            .append(y + 14)
                            .append("\">")
                            .append(reign.leader())
                            .append("</text>");
                }
            }
            for (TimeLine.Gap gap : of) {
                bar(
                        "class=\"gap\"",
                        x(gap.fromNanos()),
                        y + LANE - 10,
                        x(gap.toNanos()) - x(gap.fromNanos()),
                        6,
                        "no acknowledgement for " + Html.seconds(gap.nanos()));
            }
            y += LANE;
        });
    }

    private void axis() {
        long total = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(line.endNanos()));
        long step = 1;
        for (long each : new long[] {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600}) {
            step = each;
            if (total / each <= 14) {
                break;
            }
        }
        y += 14;
        for (long second = 0; second <= total; second += step) {
            double at = x(TimeUnit.SECONDS.toNanos(second));
            svg.append("<path class=\"tick\" d=\"M")
                    .append(Html.number(at))
                    .append(" 10V")
                    .append(y - 12)
                    .append("\"/>");
            svg.append("<text class=\"axis\" x=\"")
                    .append(Html.number(at))
                    .append("\" y=\"")
                    .append(y)
                    .append("\">");
            svg.append(second).append(" s</text>\n");
        }
    }
}
