/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.file.Path;
import java.util.OptionalLong;

/** Names of a log's files: the base offset in twenty digits, so that they sort, and a suffix. */
final class SegmentNames {
    static final String LOG = ".log";
    static final String OFFSET_INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TRANSACTION_INDEX = ".txnindex";
    static final String PRODUCER_SNAPSHOT = ".snapshot";
    static final String DELETED = ".deleted";
    /** What a cleaning writes, until it is whole. */
    static final String CLEANED = ".cleaned";
    /** A cleaned segment that takes the place of those between the two offsets in its name, see {@link SegmentSwap}. */
    static final String SWAP = ".swap";

    private static final int DIGITS = 20;

    private SegmentNames() {}

    static String log(long baseOffset) {
        return name(baseOffset, LOG);
    }

    static String name(long offset, String suffix) {
        String digits = Long.toString(offset);
        return "0".repeat(DIGITS - digits.length()) + digits + suffix;
    }

    static String cleaned(long baseOffset) {
        return name(baseOffset, LOG + CLEANED);
    }

    /** @param endOffset exclusive */
    static String swap(long baseOffset, long endOffset) {
        return name(baseOffset, "-") + name(endOffset, SWAP);
    }

    static Path deleted(Path file) {
        return file.resolveSibling(file.getFileName() + DELETED);
    }

    /** The offset in a name with this suffix; empty when it is not such a name. */
    static OptionalLong offset(Path file, String suffix) {
        String name = file.getFileName().toString();
        if (name.length() != DIGITS + suffix.length() || !name.endsWith(suffix)) {
            return OptionalLong.empty();
        }
        for (int i = 0; i < DIGITS; i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return OptionalLong.empty();
            }
        }
        try {
            return OptionalLong.of(Long.parseLong(name, 0, DIGITS, 10));
        } catch (NumberFormatException e) {
            return OptionalLong.empty(); // twenty digits can exceed a long
        }
    }
}
