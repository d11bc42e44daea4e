/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The last offset of each key, in memory of a fixed size outside of the heap: 16 bytes of the key's hash and 8 of the offset for
 * each, whatever the length of the keys. Open addressing with linear probing. Not thread-safe.
 */
final class OffsetMap {
    static final int ENTRY_BYTES = 24;
    static final long NONE = -1;
    private static final double MAX_LOAD = 0.95;

    private final KeyHash hash;
    private final ByteBuffer table;
    private final int slots;
    private final int maxEntries;
    private int entries;

    /**
     * @param bytes upper bound of the memory; a map has room for one key at least
     * @param keys how many there can be, so that a small log takes no more than it needs
     * @param loadFactor how full the table may become
     */
    OffsetMap(long bytes, long keys, double loadFactor, KeyHash hash) {
        this(null, bytes, keys, loadFactor, hash);
    }

    /** @param memory of an earlier map, used again if it is large enough: memory outside of the heap is slow to come back */
    OffsetMap(@Nullable ByteBuffer memory, long bytes, long keys, double loadFactor, KeyHash hash) {
        double load = Math.max(0.01, Math.min(MAX_LOAD, loadFactor));
        long bySize = Math.min(bytes, Integer.MAX_VALUE) / ENTRY_BYTES;
        double needed = Math.ceil((double) Math.max(1, keys) / load) + 1;
        this.slots = (int) Math.max(2, Math.min((double) bySize, needed));
        this.maxEntries = Math.max(1, Math.min(slots - 1, (int) (slots * load)));
        this.hash = hash;
        this.table = memory(memory, slots * ENTRY_BYTES, bySize * ENTRY_BYTES);
    }

    private static ByteBuffer memory(@Nullable ByteBuffer old, int needed, long most) {
        if (old == null || old.capacity() < needed) {
            // At least twice as much as before, so that all that was given up together is not more than what is held.
            long more = old == null ? needed : Math.max(needed, Math.min(most, 2L * old.capacity()));
            return ByteBuffer.allocateDirect((int) more).order(ByteOrder.nativeOrder());
        }
        byte[] zeros = new byte[8192];
        for (int at = 0; at < needed; at += zeros.length) {
            old.put(at, zeros, 0, Math.min(zeros.length, needed - at));
        }
        return old;
    }

    /** For the next map; this one must not be used any more. */
    ByteBuffer memory() {
        return table;
    }

    int size() {
        return entries;
    }

    /** Keys it can hold. */
    int capacity() {
        return maxEntries;
    }

    /**
     * The key's last offset is this one.
     *
     * @return false when there is no room for another key; nothing is changed then
     */
    boolean put(byte[] bytes, int from, int length, long offset) {
        hash.hash(bytes, from, length);
        int at = find();
        boolean isNew = table.getLong(at + 16) == 0;
        if (isNew) {
            if (entries == maxEntries) {
                return false;
            }
            entries++;
            table.putLong(at, hash.first());
            table.putLong(at + 8, hash.second());
        }
        table.putLong(at + 16, offset + 1);
        return true;
    }

    /** @return the key's last offset, {@link #NONE} when it is not here */
    long get(byte[] bytes, int from, int length) {
        hash.hash(bytes, from, length);
        return table.getLong(find() + 16) - 1;
    }

    /** Position of the key's entry, or of the free one where it would be. There is always a free one. */
    private int find() {
        long first = hash.first();
        long second = hash.second();
        int slot = (int) (((first >>> 32) * slots) >>> 32);
        while (true) {
            int at = slot * ENTRY_BYTES;
            if (table.getLong(at + 16) == 0 || (table.getLong(at) == first && table.getLong(at + 8) == second)) {
                return at;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }
}
