/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.metadata.image;

import io.klamm.metadata.fact.DigestRecorded;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out when this node's metadata is not what the active controller's is. At fixed offsets, the same on every node, a digest of the
 * image is taken; the active controller writes its own into the log, and every node that comes across it there compares. A node that
 * was not at that very offset, since it has loaded a later snapshot, says nothing.
 *
 * <p>Thread that builds images: {@link #observe}, which costs nothing; images are immutable, and the digest is taken in a background
 * thread. When that falls behind, digests are left out.
 */
public final class DigestWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DigestWatch.class);
    private static final int MAX_WAITING = 16;
    private static final int REMEMBERED = 16;
    private static final long NEVER = -1;

    private final long interval;
    private final Consumer<DigestRecorded> computed;
    private final ThreadPoolExecutor executor;
    /** Digests of this node's images by end offset. Background thread. */
    private final TreeMap<Long, Long> own = new TreeMap<>();

    private final AtomicLong divergedAt = new AtomicLong(NEVER);
    private final AtomicLong agreedAt = new AtomicLong(NEVER);
    private final AtomicLong mismatches = new AtomicLong();

    /**
     * @param interval a digest is taken of the first image behind each multiple of so many facts
     * @param computed told each digest of this node, in the background thread; whoever is the active controller records it
     */
    public DigestWatch(String threadName, long interval, Consumer<DigestRecorded> computed) {
        this.interval = interval;
        this.computed = computed;
        this.executor = new ThreadPoolExecutor(
                0,
                1,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                work -> {
                    Thread thread = new Thread(work, threadName);
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** A newer image. One thread at a time, in order. */
    public void observe(MetadataDelta delta) {
        MetadataImage to = delta.to();
        DigestRecorded recorded = to.lastDigest();
        if (recorded != null && !recorded.equals(delta.from().lastDigest())) {
            executor.execute(() -> compare(recorded));
        }
        if (delta.from().endOffset() / interval != to.endOffset() / interval) {
            executor.execute(() -> take(to));
        }
    }

    private void take(MetadataImage image) {
        long digest = ImageDigest.of(image);
        own.put(image.endOffset(), digest);
        while (own.size() > REMEMBERED) {
            own.pollFirstEntry();
        }
        computed.accept(new DigestRecorded(image.endOffset(), digest));
    }

    private void compare(DigestRecorded recorded) {
        @Nullable Long here = own.get(recorded.endOffset());
        if (here == null) {
            return;
        }
        if (here == recorded.digest()) {
            agreedAt.set(recorded.endOffset());
            return;
        }
        mismatches.incrementAndGet();
        if (divergedAt.compareAndSet(NEVER, recorded.endOffset())) {
            LOG.error(
                    "The metadata of this node is not that of the active controller: at offset {} the digest is {}"
                            + " here and {} there (they last agreed at offset {}). One of them is wrong. Stop this node,"
                            + " keep its metadata directory for the search, and give it a new one (a voter: klamm quorum"
                            + " replace)",
                    recorded.endOffset(),
                    Long.toHexString(here),
                    Long.toHexString(recorded.digest()),
                    agreedAt.get() == NEVER ? "none known" : agreedAt.get());
        }
    }

    /** End offset of the first image that was another one than the active controller's; -1 when there was none. Any thread. */
    public long divergedAt() {
        return divergedAt.get();
    }

    /** End offset of the newest image that was the active controller's too; -1 before there was one. Any thread. */
    public long agreedAt() {
        return agreedAt.get();
    }

    /** Both of them. Any thread. */
    public DigestStanding standing() {
        return new DigestStanding(agreedAt.get(), divergedAt.get());
    }

    /** How often a digest was another one. Any thread. */
    public long mismatches() {
        return mismatches.get();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
