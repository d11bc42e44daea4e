/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A channel of which nothing can be done but close it: who does I/O past the file seam fails. */
public class UnusableChannel extends FileChannel {
    private static UnsupportedOperationException pastTheSeam() {
        return new UnsupportedOperationException("file operations go through LogFiles");
    }

    @Override
    public int read(ByteBuffer dst) {
        throw pastTheSeam();
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) {
        throw pastTheSeam();
    }

    @Override
    public int write(ByteBuffer src) {
        throw pastTheSeam();
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) {
        throw pastTheSeam();
    }

    @Override
    public long position() {
        throw pastTheSeam();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw pastTheSeam();
    }

    @Override
    public long size() {
        throw pastTheSeam();
    }

    @Override
    public FileChannel truncate(long size) {
        throw pastTheSeam();
    }

    @Override
    public void force(boolean metaData) {
        throw pastTheSeam();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw pastTheSeam();
    }

    @Override
    public long transferFrom(ReadableByteChannel src, long position, long count) {
        throw pastTheSeam();
    }

    @Override
    public int read(ByteBuffer dst, long position) {
        throw pastTheSeam();
    }

    @Override
    public int write(ByteBuffer src, long position) {
        throw pastTheSeam();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw pastTheSeam();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw pastTheSeam();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw pastTheSeam();
    }

    @Override
    protected void implCloseChannel() {}
}
