/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import io.klamm.storage.io.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The system's files, of which one operation fails; a write that fails has written a half of its bytes. */
class FaultyFiles implements LogFiles {
    private final AtomicInteger operations = new AtomicInteger();
    private volatile int failAt = Integer.MAX_VALUE;
    private volatile @Nullable IOException failForces;
    private volatile @Nullable Path failUnder;
    private volatile boolean failTruncates;
    private volatile boolean crashes;
    private final AtomicInteger readsUntilSurprise = new AtomicInteger(-1);
    private volatile Runnable surprise = () -> {};
    private volatile boolean crashed;
    private volatile @Nullable String full;
    private volatile String fullAfterMoveOf = "none";
    private volatile String fullThen = "";
    private volatile String roomAfterDeleteOf = "none";
    private volatile long usableSpace = Long.MAX_VALUE;
    private volatile CountDownLatch forceGate = new CountDownLatch(0);
    private volatile @Nullable String failed;
    private final AtomicInteger forces = new AtomicInteger();
    private final AtomicInteger needingSpace = new AtomicInteger();
    private volatile int noSpaceFrom = Integer.MAX_VALUE;
    private volatile int noSpaceTo = Integer.MAX_VALUE;
    private volatile @Nullable String noSpaceMet;

    /** @param n number of the operation that fails, counted from 0 */
    void failAt(int n) {
        failAt = n;
    }

    /** As {@link #failIn}, and nothing works from then on. */
    void crashIn(int n) {
        crashes = true;
        failIn(n);
    }

    /** Something happens before the n-th read from now on, counted from 0. */
    void surpriseAtRead(int n, Runnable what) {
        surprise = what;
        readsUntilSurprise.set(n);
    }

    /** @param n how many operations from now on still work */
    void failIn(int n) {
        failAt = operations.get() + n;
    }

    /**
     * The disk is full for some of the operations that may need space: creating, renaming and deleting files, writing.
     *
     * @param n how many from now on still find room
     * @param times how many do not, behind them
     */
    void noSpaceIn(int n, int times) {
        noSpaceFrom = needingSpace.get() + n;
        noSpaceTo = noSpaceFrom + times;
        noSpaceMet = null;
    }

    /** The first operation that found no space. */
    @Nullable
    String noSpaceMet() {
        return noSpaceMet;
    }

    private void needsSpace(String operation) throws IOException {
        int n = needingSpace.getAndIncrement();
        if (n >= noSpaceFrom && n < noSpaceTo) {
            noSpaceMet = noSpaceMet == null ? operation : noSpaceMet;
            throw new IOException("No space left on device, injected: " + operation);
        }
    }

    /** Nothing can be opened in this folder, or below it. */
    void failUnder(Path folder) {
        failUnder = folder;
    }

    void failForces() {
        failForces(new IOException("injected: force"));
    }

    void failForces(IOException error) {
        failForces = error;
    }

    void failTruncates() {
        failTruncates = true;
    }

    /** Every write ends half way for want of space. */
    void full(boolean now) {
        full(now ? "No space left on device" : null);
    }

    /** @param reason what the system says then, null when there is room */
    void full(@Nullable String reason) {
        full = reason;
    }

    /** The disk is full from the first rename on of a file whose name ends so. */
    void fullAfterMove(String suffix, String reason) {
        fullAfterMoveOf = suffix;
        fullThen = reason;
    }

    /** Nothing finds room any more, not even a rename, until a file with this name is deleted. */
    void fullUntilDeleteOf(String name) {
        roomAfterDeleteOf = name;
        noSpaceIn(0, Integer.MAX_VALUE / 2);
    }

    void usableSpace(long bytes) {
        usableSpace = bytes;
    }

    @Override
    public long usableSpace(Path directory) {
        return usableSpace;
    }

    /** Forces wait until the latch is open. */
    void holdForces(CountDownLatch gate) {
        forceGate = gate;
    }

    /** Files and folders forced so far. */
    int forces() {
        return forces.get();
    }

    /** The operation that has failed. */
    @Nullable
    String failed() {
        return failed;
    }

    private boolean isTurn(String operation) {
        if (operations.getAndIncrement() == failAt) {
            failed = operation;
            crashed = crashes;
            return true;
        }
        return crashed;
    }

    private void check(String operation) throws IOException {
        if (isTurn(operation)) {
            throw new IOException("injected: " + operation);
        }
    }

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        check("open " + file.getFileName());
        Path broken = failUnder;
        if (broken != null && file.startsWith(broken)) {
            throw new IOException("injected: open in " + broken);
        }
        if (List.of(options).contains(StandardOpenOption.CREATE) && !SYSTEM.exists(file)) {
            needsSpace("create " + file.getFileName());
        }
        return SYSTEM.open(file, options);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        check("move " + from.getFileName());
        needsSpace("move " + from.getFileName());
        SYSTEM.move(from, to);
        if (from.toString().endsWith(fullAfterMoveOf)) {
            full = fullThen;
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        check("delete " + file.getFileName());
        if (file.endsWith(roomAfterDeleteOf)) {
            roomAfterDeleteOf = "none";
            noSpaceIn(0, 0);
        } else if (SYSTEM.exists(file)) {
            needsSpace("delete " + file.getFileName());
        }
        SYSTEM.delete(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        check("create " + directory.getFileName());
        if (!SYSTEM.exists(directory)) {
            needsSpace("create " + directory.getFileName());
        }
        SYSTEM.createDirectories(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        forces.incrementAndGet();
        check("sync " + directory.getFileName());
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        check("list " + directory.getFileName());
        return SYSTEM.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return SYSTEM.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return SYSTEM.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        check("size " + file.getFileName());
        return SYSTEM.size(file);
    }

    @Override
    public long lastModified(Path file) throws IOException {
        check("time of " + file.getFileName());
        return SYSTEM.lastModified(file);
    }

    @Override
    public void force(FileChannel channel, boolean metadata) throws IOException {
        try {
            forceGate.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        IOException failing = failForces;
        if (failing != null) {
            throw failing;
        }
        forces.incrementAndGet();
        check("force"); // no need to do it: no test takes the power away
    }

    @Override
    public void write(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        if (crashed) {
            throw new IOException("injected: crash");
        }
        if (isTurn("write")) {
            writeHalf(channel, bytes, position);
            throw new IOException("injected: write");
        }
        String reason = full;
        try {
            needsSpace("write");
        } catch (IOException e) {
            reason = e.getMessage();
        }
        if (reason != null) {
            writeHalf(channel, bytes, position);
            throw new IOException(reason);
        }
        SYSTEM.write(channel, bytes, position);
    }

    private static void writeHalf(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        SYSTEM.write(channel, bytes.slice(bytes.position(), bytes.remaining() / 2), position);
    }

    @Override
    public void read(FileChannel channel, ByteBuffer into, long position) throws IOException {
        if (readsUntilSurprise.getAndDecrement() == 0) {
            surprise.run();
        }
        check("read");
        SYSTEM.read(channel, into, position);
    }

    @Override
    public void truncate(FileChannel channel, long size) throws IOException {
        check("truncate");
        if (failTruncates) {
            throw new IOException("injected: truncate");
        }
        SYSTEM.truncate(channel, size);
    }

    @Override
    public @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        check("lock");
        return SYSTEM.tryLock(channel);
    }
}
