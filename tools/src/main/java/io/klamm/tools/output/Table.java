/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.output;

import java.util.ArrayList;
import java.util.List;

/** A table for people: a header and rows, columns as wide as their widest cell, numbers to the right. */
public final class Table {
    private static final String GAP = "  ";

    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... header) {
        this.header = List.of(header);
    }

    /** @throws IllegalArgumentException when the number of cells is not the header's */
    public Table row(Object... cells) {
        if (cells.length != header.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + header.size() + " columns");
        }
        List<String> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(printable(String.valueOf(cell)));
        }
        rows.add(row);
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    @Override
    public String toString() {
        int columns = header.size();
        int[] widths = new int[columns];
        boolean[] right = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            widths[column] = width(header.get(column));
            right[column] = !rows.isEmpty();
            for (List<String> row : rows) {
                String cell = row.get(column);
                widths[column] = Math.max(widths[column], width(cell));
                right[column] &= cell.equals("-") || cell.matches("-?[0-9][0-9.]*");
            }
        }
        StringBuilder text = new StringBuilder();
        append(text, header, widths, right);
        for (List<String> row : rows) {
            append(text, row, widths, right);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, List<String> row, int[] widths, boolean[] right) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            String cell = row.get(column);
            String padding = " ".repeat(widths[column] - width(cell));
            line.append(column == 0 ? "" : GAP).append(right[column] ? padding + cell : cell + padding);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    /** A cell is one line, whatever a name from the network contains. */
    private static String printable(String cell) {
        return cell.replaceAll("\\p{Cntrl}", "?");
    }
}
