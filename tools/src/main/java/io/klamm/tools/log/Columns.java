/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.log;

import java.io.PrintWriter;

/**
 * A table that is printed while it comes: columns of a fixed width, which a longer cell pushes aside. A negative width is that of a
 * column aligned to the right.
 */
final class Columns {
    private final PrintWriter out;
    private final String[] header;
    private final int[] widths;
    private boolean begun;

    Columns(PrintWriter out, String[] header, int... widths) {
        this.out = out;
        this.header = header;
        this.widths = widths;
    }

    void row(Object... cells) {
        if (!begun) {
            begun = true;
            print(header);
        }
        print(cells);
    }

    private void print(Object[] cells) {
        StringBuilder line = new StringBuilder("  ");
        for (int i = 0; i < cells.length; i++) {
            String cell = String.valueOf(cells[i]);
            String padding = " ".repeat(Math.max(0, Math.abs(widths[i]) - cell.length()));
            line.append(widths[i] < 0 ? padding + cell : cell + padding).append("  ");
        }
        out.println(line.toString().stripTrailing());
    }
}
