/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** Nothing to read. */
record EmptyRange(long baseOffset) implements RecordsRange {
    @Override
    public FileChannel channel() {
        throw new IllegalStateException("an empty range has no file");
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    public int length() {
        return 0;
    }

    @Override
    public void failed(IOException error) {
        throw new IllegalStateException("an empty range has no file", error);
    }

    @Override
    public void release() {
        // holds nothing
    }
}
