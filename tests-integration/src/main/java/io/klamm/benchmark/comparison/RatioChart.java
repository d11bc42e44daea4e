/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.List;
import java.util.Locale;

/**
 * The ratios as a picture (SVG): a bar for each figure, to the right where the first program is the better one, on a logarithmic scale, so
 * that twice and half are equally far from the line in the middle.
 */
final class RatioChart {
    private static final int LABELS = 430;
    private static final int HALF = 260;
    private static final int ROW = 18;
    private static final int TOP = 46;
    private static final double MOST = 8;

    private final Results results;
    private final String program;
    private final String other;

    RatioChart(Results results, String program, String other) {
        this.results = results;
        this.program = program;
        this.other = other;
    }

    String svg() {
        List<Figure> figures = results.figures().stream()
                .filter(figure -> results.medianRatio(figure, program, other) > 0)
                .toList();
        int width = LABELS + 2 * HALF + 60;
        int height = TOP + figures.size() * ROW + 10;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                        + " font-size=\"11\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                width,
                height));
        text(svg, LABELS + HALF - 6, 16, "end", other + " better");
        text(svg, LABELS + HALF + 6, 16, "start", program + " better");
        for (double factor : new double[] {0.125, 0.25, 0.5, 1, 2, 4, 8}) {
            double x = x(factor);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\"/>%n",
                    x,
                    x,
                    TOP - 8,
                    height - 8,
                    factor == 1 ? "black" : "#ddd"));
            text(svg, x, TOP - 12, "middle", factor < 1 ? "x" + (int) (1 / factor) : "x" + (int) factor);
        }
        for (int i = 0; i < figures.size(); i++) {
            bar(svg, figures.get(i), TOP + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private void bar(StringBuilder svg, Figure figure, int y) {
        double ratio = results.medianRatio(figure, program, other);
        double better = isMoreBetter(figure) ? ratio : 1 / ratio;
        double from = Math.min(x(better), x(1));
        double to = Math.max(x(better), x(1));
        text(svg, LABELS - 8, y + 12, "end", figure.workload() + ": " + figure.what());
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                from,
                y + 2,
                to - from,
                ROW - 5,
                better >= 1 ? "#2a7f62" : "#b5473c"));
        text(
                svg,
                better >= 1 ? to + 4 : from - 4,
                y + 12,
                better >= 1 ? "start" : "end",
                String.format(Locale.ROOT, "%.2f", better));
    }

    private static boolean isMoreBetter(Figure figure) {
        return figure.unit().equals("MB/s");
    }

    private static double x(double factor) {
        double clipped = Math.max(1 / MOST, Math.min(MOST, factor));
        return LABELS + HALF + HALF * Math.log(clipped) / Math.log(MOST);
    }

    private static void text(StringBuilder svg, double x, int y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                text.replace("&", "&amp;").replace("<", "&lt;")));
    }
}
