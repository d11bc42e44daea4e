/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The node's memory for answers that are encoded and not with the operating system yet. Each connection is bounded (it is not read from while it has
 * more than its write buffer), but a thousand that read nothing would take all direct memory, and the node could not receive from
 * anybody. So beyond the bound whoever has more than an equal part, and adds to it, is closed. Records are sent from their files and do not
 * count. Thread-safe.
 */
public final class UnsentAnswers {
    private final long limit;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger holders = new AtomicInteger();

    /** @param limit in bytes */
    public UnsentAnswers(long limit) {
        this.limit = limit;
    }

    /** Bytes held now. */
    public long bytes() {
        return bytes.get();
    }

    /** Of one connection. On its event loop. */
    final class Part {
        private long own;

        /**
         * Takes an answer's bytes.
         *
         * @return false when the connection is to be closed
         */
        boolean add(int more) {
            if (more == 0) {
                return true;
            }
            if (own == 0) {
                holders.incrementAndGet();
            }
            boolean greedy = own > limit / Math.max(1, holders.get());
            own += more;
            long all = bytes.addAndGet(more);
            return all <= limit || !greedy;
        }

        /** They are with the operating system, or the connection is gone. */
        void sent(int less) {
            if (less == 0) {
                return;
            }
            own -= less;
            bytes.addAndGet(-less);
            if (own == 0) {
                holders.decrementAndGet();
            }
        }
    }

    Part open() {
        return new Part();
    }
}
