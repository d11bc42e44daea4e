/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.report;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Pieces of text for a page. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", (double) nanos / TimeUnit.SECONDS.toNanos(1));
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
