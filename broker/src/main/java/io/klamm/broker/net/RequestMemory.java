/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import io.klamm.replication.wire.FrameMemory;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The node's memory for requests that are being received (queued.max.request.bytes). When it is used up, connections that need more
 * are not read from until there is some, and the senders feel it by TCP. Nothing is refused.
 *
 * <p>If the bytes are all held by half-received frames, none of them could ever be completed. So one connection at a time may go
 * beyond the bound, until its frame is complete: the overdraft is bounded by one frame. A connection that has it and sends nothing for
 * a while is to be closed by its owner, so that a stalled sender does not stop the others. Thread-safe.
 *
 * <p>A thousand senders that never finish would hold all of it, and the overdraft go from one of them to the next. So who has waited
 * for a while has all holders asked how fast they are ({@link #askHolders}): the slow ones are closed together.
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

        /** Somebody waits for memory, and this connection holds some. Any thread. */
        void othersWait();
    }

    /** An account that holds no more than this may use the reserve. */
    private static final int SMALL = 1 << 20;

    private final long limit;
    private final long reserve;
    private final AtomicLong used = new AtomicLong();
    private final ArrayDeque<Account> waiting = new ArrayDeque<>();
    private final Set<Account> holders = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Account overdrawn;
    private volatile boolean anybodyWaits;

    /** Without a reserve. */
    RequestMemory(long limit) {
        this(limit, 0);
    }

    /**
     * @param limit in bytes
     * @param reserve bytes beyond it that only requests of up to 1 MiB may take: they shall not wait until a hundred megabytes have come
     */
    public RequestMemory(long limit, long reserve) {
        this.limit = limit;
        this.reserve = reserve;
    }

    /** Bytes held now. */
    public long used() {
        return used.get();
    }

    Account open(Owner owner) {
        return new Account(owner);
    }

    /** Tells all who hold memory that somebody has waited for it for long. */
    void askHolders() {
        holders.forEach(holder -> holder.owner.othersWait());
    }

    private boolean take(Account account, int bytes) {
        long bound = account.held + bytes <= SMALL ? limit + reserve : limit;
        long before = used.get();
        while (before + bytes <= bound) {
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
        if (take(account, bytes)) {
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
        private int held;
        private long sinceNanos;

        private Account(Owner owner) {
            this.owner = owner;
        }

        /** Bytes of the frame that is being received. */
        int held() {
            return held;
        }

        /** For how long. */
        long heldNanos() {
            return System.nanoTime() - sinceNanos;
        }

        @Override
        public boolean grow(int bytes) {
            Taken taken = take(this, bytes) ? Taken.YES : takeOrWait(this, bytes);
            if (taken != Taken.NO) {
                if (held == 0) {
                    sinceNanos = System.nanoTime();
                    holders.add(this);
                }
                held += bytes;
            }
            if (taken == Taken.NO) {
                owner.memoryShort();
            } else if (taken == Taken.OVERDRAWN) {
                owner.overdraftBegan();
            }
            return taken != Taken.NO;
        }

        @Override
        public void shrink(int bytes) {
            held -= bytes;
            if (held == 0) {
                holders.remove(this);
            }
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
