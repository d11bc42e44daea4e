/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of each figure, by program, in the order of the rounds. Not thread-safe. */
final class Results {
    private final Map<Figure, Map<String, List<Double>>> values = new LinkedHashMap<>();

    void add(String program, Figure figure, double value) {
        values.computeIfAbsent(figure, any -> new LinkedHashMap<>())
                .computeIfAbsent(program, any -> new ArrayList<>())
                .add(value);
    }

    /** In the order in which they were first measured. */
    Set<Figure> figures() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** NaN when there is none. */
    double median(Figure figure, String program) {
        return median(values(figure, program));
    }

    /**
     * The median of what {@code program} had divided by what {@code other} had in the same round: the machine changes from hour to hour more
     * than from one turn to the next. NaN when there is none.
     */
    double medianRatio(Figure figure, String program, String other) {
        List<Double> ours = values(figure, program);
        List<Double> theirs = values(figure, other);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < Math.min(ours.size(), theirs.size()); round++) {
            ratios.add(ours.get(round) / theirs.get(round));
        }
        return median(ratios);
    }

    private List<Double> values(Figure figure, String program) {
        return values.getOrDefault(figure, Map.of()).getOrDefault(program, List.of());
    }

    private static double median(List<Double> unsorted) {
        if (unsorted.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = unsorted.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
