/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.FrameMemory;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The node's memory for requests that are being received (queued.max.request.bytes). When it is used up, connections that need more
 * are not read from until there is some, and the senders feel it by TCP. Nothing is refused.
 *
 * <p>If the bytes are all held by half-received frames, none of them could ever be completed. So one connection at a time may go
 * beyond the bound, until its frame is complete: the overdraft is bounded by one frame. A connection that has it and sends nothing for
 * a while is to be closed by its owner, so that a stalled sender does not stop the others. Thread-safe.
 */
public final class RequestMemory {
    /** The connection behind an account. */
    interface Owner {
        /** Stop reading. On the event loop. */
        void memoryShort();

        /** Read again: there may be memory. Any thread. */
        void memoryBack();

        /** From now on this connection's frame goes beyond the bound. On the event loop. */
        void overdraftBegan();
    }

    private final long limit;
    private final AtomicLong used = new AtomicLong();
    private final ArrayDeque<Account> waiting = new ArrayDeque<>();
    private volatile @Nullable Account overdrawn;
    private volatile boolean anybodyWaits;

    /** @param limit in bytes */
    public RequestMemory(long limit) {
        this.limit = limit;
    }

    /** Bytes held now. */
    public long used() {
        return used.get();
    }

    Account open(Owner owner) {
        return new Account(owner);
    }

    private boolean take(int bytes) {
        long before = used.get();
        while (before + bytes <= limit) {
            if (used.compareAndSet(before, before + bytes)) {
                return true;
            }
            before = used.get();
        }
        return false;
    }

    private enum Taken {
        YES,
        OVERDRAWN,
        NO
    }

    private synchronized Taken takeOrWait(Account account, int bytes) {
        anybodyWaits = true; // before the second look, so that who gives back in between sees it
        Taken taken = Taken.NO;
        if (take(bytes)) {
            taken = Taken.YES;
        } else if (overdrawn == null || overdrawn == account) {
            taken = overdrawn == account ? Taken.YES : Taken.OVERDRAWN;
            overdrawn = account;
            used.addAndGet(bytes);
        } else if (!waiting.contains(account)) {
            waiting.add(account);
        }
        anybodyWaits = !waiting.isEmpty();
        return taken;
    }

    private void give(Account account, int bytes) {
        used.addAndGet(-bytes);
        wake(account);
    }

    /** All who wait look again: they take what there is, and one of them may overdraw. */
    private void wake(Account giver) {
        if (overdrawn != giver && !anybodyWaits) {
            return;
        }
        Account[] woken;
        synchronized (this) {
            if (overdrawn == giver) {
                overdrawn = null;
            }
            woken = waiting.toArray(new Account[0]);
            waiting.clear();
            anybodyWaits = false;
        }
        for (Account account : woken) {
            account.owner.memoryBack();
        }
    }

    /** What one connection holds, which is one frame at most. On its event loop. */
    final class Account implements FrameMemory {
        private final Owner owner;

        private Account(Owner owner) {
            this.owner = owner;
        }

        @Override
        public boolean grow(int bytes) {
            if (take(bytes)) {
                return true;
            }
            Taken taken = takeOrWait(this, bytes);
            if (taken == Taken.NO) {
                owner.memoryShort();
            } else if (taken == Taken.OVERDRAWN) {
                owner.overdraftBegan();
            }
            return taken != Taken.NO;
        }

        @Override
        public void shrink(int bytes) {
            give(this, bytes);
        }

        /** Whether this connection's frame is the one that goes beyond the bound. */
        boolean overdrawn() {
            return overdrawn == this;
        }

        /** The connection is closed: it waits no more. What it held has been given back by {@link #shrink}. */
        void close() {
            synchronized (RequestMemory.this) {
                waiting.remove(this);
            }
            wake(this);
        }
    }
}
