/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.model;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Bytes that are read at positions, as those of a file are; nothing else. */
final class InMemoryChannel extends FileChannel {
    private final ByteBuffer bytes;

    InMemoryChannel(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read(ByteBuffer to, long position) {
        int from = Math.toIntExact(position);
        int length = Math.min(to.remaining(), bytes.limit() - from);
        if (length <= 0) {
            return to.hasRemaining() ? -1 : 0;
        }
        to.put(bytes.duplicate().position(from).limit(from + length));
        return length;
    }

    @Override
    public long size() {
        return bytes.limit();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw positionsOnly();
    }

    @Override
    public int read(ByteBuffer to) {
        throw positionsOnly();
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) {
        throw positionsOnly();
    }

    @Override
    public int write(ByteBuffer from) {
        throw positionsOnly();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw positionsOnly();
    }

    @Override
    public int write(ByteBuffer from, long position) {
        throw positionsOnly();
    }

    @Override
    public long position() {
        throw positionsOnly();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw positionsOnly();
    }

    @Override
    public FileChannel truncate(long size) {
        throw positionsOnly();
    }

    @Override
    public void force(boolean metaData) {
        throw positionsOnly();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw positionsOnly();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw positionsOnly();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw positionsOnly();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw positionsOnly();
    }

    @Override
    protected void implCloseChannel() {}

    private static UnsupportedOperationException positionsOnly() {
        return new UnsupportedOperationException("bytes in memory are read at positions only");
    }
}
