/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
        double load = Math.max(0.01, Math.min(MAX_LOAD, loadFactor));
        long bySize = Math.min(bytes, Integer.MAX_VALUE) / ENTRY_BYTES;
        double needed = Math.ceil(Math.max(1, keys) / load) + 1;
        this.slots = (int) Math.max(2, Math.min(bySize, needed));
        this.maxEntries = Math.max(1, Math.min(slots - 1, (int) (slots * load)));
        this.hash = hash;
        this.table = ByteBuffer.allocateDirect(slots * ENTRY_BYTES).order(ByteOrder.nativeOrder());
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
        int slot = (int) ((first >>> 32) * slots >>> 32);
        while (true) {
            int at = slot * ENTRY_BYTES;
            if (table.getLong(at + 16) == 0 || (table.getLong(at) == first && table.getLong(at + 8) == second)) {
                return at;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
    }
}
