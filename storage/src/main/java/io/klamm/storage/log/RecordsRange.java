/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Whole batches of one segment file, as a range of the file: what sendfile takes, no copies. It holds a reference on the file:
 * whoever receives it calls {@link #release} exactly once. A range may be truncated or deleted while in flight: a transfer that
 * comes up short closes the connection.
 */
public interface RecordsRange {
    /** The open file; valid until released. Positional operations only. */
    FileChannel channel();

    /** First byte. */
    long position();

    /** Number of bytes; 0 when there is nothing to read, and then {@link #channel} must not be used. */
    int length();

    /** Offset of the first batch's first record; may be below the offset asked for. */
    long baseOffset();

    /**
     * Reading the file has failed: its log dir goes offline. Not for a range that comes up short, nor for a socket that does not take the
     * bytes. Before {@link #release}; any thread.
     */
    void failed(IOException error);

    void release();
}
