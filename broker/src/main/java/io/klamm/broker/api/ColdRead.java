/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import io.klamm.replication.partition.PartitionReplica;
import io.klamm.storage.log.LogDirOfflineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records on their way from the disk into memory, by a thread that may wait for the disk (design D7). Nothing is handed over: whoever reads
 * there afterwards finds them in memory, and meets the error if there was one.
 */
final class ColdRead implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ColdRead.class);

    private final PartitionReplica replica;
    private final long offset;
    private final int maxBytes;
    private final Runnable whenDone;
    private volatile boolean unwanted;
    private volatile boolean done;

    /** @param whenDone by the thread that read; must not block */
    ColdRead(PartitionReplica replica, long offset, int maxBytes, Runnable whenDone) {
        this.replica = replica;
        this.offset = offset;
        this.maxBytes = maxBytes;
        this.whenDone = whenDone;
    }

    @Override
    public void run() {
        if (unwanted) {
            return;
        }
        try {
            replica.readThrough(offset, maxBytes);
        } catch (LogDirOfflineException e) {
            LOG.debug("offset {} of {} cannot be read: {}", offset, replica.topic(), e.toString());
        } catch (RuntimeException e) {
            LOG.error("reading offset {} of {} through failed", offset, replica.topic(), e);
        } finally {
            done = true;
            whenDone.run();
        }
    }

    boolean isOf(PartitionReplica other, long otherOffset) {
        return replica == other && offset == otherOffset;
    }

    /** At most so much is in memory when it is done. */
    int maxBytes() {
        return maxBytes;
    }

    boolean done() {
        return done;
    }

    /** Nobody waits for it any more: when it has not begun, it need not. */
    void cancel() {
        unwanted = true;
    }
}
