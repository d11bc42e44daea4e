/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells how much has gone through the operating system's page cache since: in bytes that all logs of a node have written or read from disk.
 * What went through it long ago may have been driven out by what came later. One a node; any thread.
 */
final class CacheClock {
    private final long spanBytes;
    private final AtomicLong passed = new AtomicLong();

    /** @param spanBytes what has gone through less than so many bytes ago is taken to be there still */
    CacheClock(long spanBytes) {
        this.spanBytes = spanBytes;
    }

    long spanBytes() {
        return spanBytes;
    }

    /** So many bytes so far. */
    long now() {
        return passed.get();
    }

    /** Counts. @return the time before */
    long pass(long bytes) {
        return passed.getAndAdd(bytes);
    }
}
