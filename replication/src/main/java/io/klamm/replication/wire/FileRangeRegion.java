/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.wire;

import io.klamm.storage.log.RecordsRange;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * A file range for sendfile. It extends Netty's region, since the epoll transport recognises only that one, and differs in its end:
 * the file is shared, so it is not closed but its range released. When the file has become shorter than the range, Netty fails the
 * write, which closes the connection.
 *
 * <p>sendfile tells by one error number that the socket or that the file is broken. So it listens to its own write, keeps the file until
 * that has ended, and where the socket is not known to be at fault it reads the file where the transfer stopped.
 */
final class FileRangeRegion extends DefaultFileRegion implements ChannelFutureListener {
    private static final int PROBE_BYTES = 4096;

    private final FileRangeRecords records;

    /** Holds a reference of its own until {@link #operationComplete}, which must be called. */
    FileRangeRegion(FileRangeRecords records) {
        super(
                records.range().channel(),
                records.range().position(),
                records.range().length());
        this.records = records;
        retain();
    }

    @Override
    public void operationComplete(ChannelFuture written) {
        try {
            if (!written.isSuccess() && !isOfSocket(written.cause())) {
                probe();
            }
        } finally {
            release();
        }
    }

    private static boolean isOfSocket(@Nullable Throwable cause) {
        if (cause instanceof NativeIoException failure) {
            return failure.expectedErr() == Errors.ERRNO_EPIPE_NEGATIVE
                    || failure.expectedErr() == Errors.ERRNO_ECONNRESET_NEGATIVE;
        }
        return cause instanceof ClosedChannelException || !(cause instanceof IOException);
    }

    /** On the event loop, as the transfer before it: a disk that is slow to tell that it is broken has held that up already. */
    private void probe() {
        RecordsRange range = records.range();
        long from = Math.min(transferred(), range.length() - 1L);
        int length = (int) Math.min(PROBE_BYTES, range.length() - from);
        try {
            range.channel().read(ByteBuffer.allocateDirect(length), range.position() + from);
        } catch (ClosedChannelException e) {
            // Somebody was interrupted in a use of it: that says nothing of the file.
        } catch (IOException e) {
            range.failed(e);
        }
    }

    @Override
    protected void deallocate() {
        records.release();
    }
}
