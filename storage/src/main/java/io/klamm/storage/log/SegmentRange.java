/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whole batches of one segment file; holds one reference on the file. */
final class SegmentRange implements RecordsRange {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRange.class);

    private final SegmentFile file;
    private final FileChannel channel;
    private final int position;
    private final int length;
    private final long baseOffset;
    private final Consumer<IOException> onFailure;
    private final AtomicBoolean released = new AtomicBoolean();

    /** Takes over the caller's reference on the file. */
    SegmentRange(
            SegmentFile file,
            FileChannel channel,
            int position,
            int length,
            long baseOffset,
            Consumer<IOException> onFailure) {
        this.file = file;
        this.channel = channel;
        this.position = position;
        this.length = length;
        this.baseOffset = baseOffset;
        this.onFailure = onFailure;
    }

    @Override
    public FileChannel channel() {
        return channel;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public long baseOffset() {
        return baseOffset;
    }

    @Override
    public void failed(IOException error) {
        onFailure.accept(error);
    }

    @Override
    public void release() {
        if (!released.compareAndSet(false, true)) {
            throw new IllegalStateException("range released twice");
        }
        try {
            file.release();
        } catch (IOException e) {
            LOG.warn("closing {}: {}", file.path(), e.toString());
        }
    }
}
