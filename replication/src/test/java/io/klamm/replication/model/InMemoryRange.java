/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import io.klamm.storage.log.RecordsRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A range of an {@link InMemoryLog}: bytes instead of a file. */
public final class InMemoryRange implements RecordsRange {
    private final ByteBuffer bytes;
    private final long baseOffset;
    private final Supplier<@Nullable ByteBuffer> later;
    private int references = 1;

    /** @param later what stands at its place in the file when it is asked */
    InMemoryRange(ByteBuffer bytes, long baseOffset, Supplier<@Nullable ByteBuffer> later) {
        this.bytes = bytes;
        this.baseOffset = baseOffset;
        this.later = later;
    }

    /** What a socket gets that takes the range only now; null when the file ends before, and the connection with it. */
    public @Nullable ByteBuffer bytesNow() {
        return later.get();
    }

    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    @Override
    public FileChannel channel() {
        return new InMemoryChannel(bytes.duplicate());
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    public int length() {
        return bytes.remaining();
    }

    @Override
    public long baseOffset() {
        return baseOffset;
    }

    @Override
    public void failed(IOException error) {
        throw new AssertionError(error);
    }

    @Override
    public void release() {
        if (--references < 0) {
            throw new IllegalStateException("released twice");
        }
    }
}
