/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.tools.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines as bytes, whatever their encoding. A line ends with LF or the end of the input. */
final class LineReader {
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private long number;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The next line without its end, or null at the end of the input. */
    byte @Nullable [] next() throws IOException {
        line.reset();
        while (true) {
            if (position == limit) {
                limit = in.read(buffer);
                position = 0;
                if (limit <= 0) {
                    limit = 0;
                    return line.size() == 0 ? null : finished();
                }
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            line.write(buffer, position, end - position);
            if (end < limit) {
                position = end + 1;
                return finished();
            }
            position = end;
        }
    }

    /** Number of the line that {@link #next} returned last, from 1. */
    long number() {
        return number;
    }

    private byte[] finished() {
        number++;
        return line.toByteArray();
    }
}
