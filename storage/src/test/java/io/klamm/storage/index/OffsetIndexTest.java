/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is searched in the file is what a look at every entry finds, and few reads find it. */
class OffsetIndexTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @TempDir
    Path dir;

    private final CountedReads reads = new CountedReads();

    private Path file() {
        return dir.resolve("00000000000000000000.index");
    }

    /** Entries as a segment has them; {@code evenness} 1 means a batch of one size after the other, more are less alike. */
    private OffsetIndex sealed(Random random, long[] entries, int evenness) throws Exception {
        OffsetIndex index = new OffsetIndex(reads.files, file(), 0);
        index.reset();
        int offset = 0;
        int position = 0;
        for (int i = 0; i < entries.length; i++) {
            // Offsets and positions grow at rates of their own, each of which changes now and then.
            boolean dense = evenness > 1 && i % 5000 < 2500;
            offset += 1 + (dense ? random.nextInt(evenness) : random.nextInt(2));
            position += 4096 + (dense ? 0 : random.nextInt(evenness));
            entries[i] = OffsetIndex.entry(offset, position);
            index.add(offset, position);
        }
        index.seal();
        return index;
    }

    private static long floorByOffset(long[] entries, int offset) {
        return Arrays.stream(entries)
                .filter(entry -> OffsetIndex.relativeOffset(entry) <= offset)
                .max()
                .orElse(OffsetIndex.NONE);
    }

    private static long floorByPosition(long[] entries, int position) {
        return Arrays.stream(entries)
                .filter(entry -> OffsetIndex.position(entry) <= position)
                .max()
                .orElse(OffsetIndex.NONE);
    }

    @Test
    void aSearchInTheFileFindsWhatIsThere() throws Exception {
        Random random = new Random(SEED);
        for (int size : new int[] {0, 1, 2, 511, 512, 513, 1024, 5000}) {
            long[] entries = new long[size];
            OffsetIndex index = sealed(random, entries, 1 + random.nextInt(1000));
            int maxOffset = size == 0 ? 10 : OffsetIndex.relativeOffset(entries[size - 1]) + 5;
            int maxPosition = size == 0 ? 10 : OffsetIndex.position(entries[size - 1]) + 5;
            for (int i = 0; i < 300; i++) {
                int offset = i == 0 ? 0 : random.nextInt(maxOffset);
                assertThat(index.floorByOffset(offset))
                        .as("seed %d, %d entries, offset %d", SEED, size, offset)
                        .isEqualTo(floorByOffset(entries, offset));
                int position = i == 0 ? 0 : random.nextInt(maxPosition);
                assertThat(index.floorByPosition(position))
                        .as("seed %d, %d entries, position %d", SEED, size, position)
                        .isEqualTo(floorByPosition(entries, position));
            }
            index.delete();
        }
    }

    @Test
    void mostSearchesReadOneBlock() throws Exception {
        Random random = new Random(SEED);
        long[] entries = new long[250_000];
        OffsetIndex index = sealed(random, entries, 1);
        assertThat(readsOf(index, random, entries)).as("seed %d", SEED).isLessThan(2.0);
        index.delete();
        index = sealed(random, entries, 2000);
        assertThat(readsOf(index, random, entries)).as("seed %d, uneven", SEED).isLessThan(9.0);
    }

    /** On average, by offset and by position. */
    private double readsOf(OffsetIndex index, Random random, long[] entries) throws Exception {
        index.floorByOffset(1); // the last entry is known from now on
        int before = reads.count();
        int searches = 500;
        for (int i = 0; i < searches; i++) {
            long entry = entries[random.nextInt(entries.length)];
            assertThat(index.floorByOffset(OffsetIndex.relativeOffset(entry))).isEqualTo(entry);
            assertThat(index.floorByPosition(OffsetIndex.position(entry) + 1)).isEqualTo(entry);
        }
        return (reads.count() - before) / (2.0 * searches);
    }

    @Test
    void aDamagedFileLeadsSomewhereAndNeverFurtherThanAsked() throws Exception {
        Random random = new Random(SEED);
        long[] entries = new long[3000];
        sealed(random, entries, 100).close();
        byte[] sound = Files.readAllBytes(file());
        for (int i = 0; i < 300; i++) {
            byte[] damaged = Arrays.copyOf(
                    sound, i % 2 == 0 ? sound.length : IndexFile.HEADER_BYTES + random.nextInt(sound.length));
            for (int k = random.nextInt(4000); k >= 0; k--) {
                damaged[IndexFile.HEADER_BYTES + random.nextInt(damaged.length - IndexFile.HEADER_BYTES)] =
                        (byte) random.nextInt();
            }
            Files.write(file(), damaged);
            OffsetIndex index = new OffsetIndex(reads.files, file(), 0);
            assertThat(index.load(false, Integer.MAX_VALUE)).isTrue();
            if (i % 3 == 0) { // cut behind its back
                Files.write(file(), Arrays.copyOf(damaged, damaged.length / 2));
            }
            int offset = random.nextInt(OffsetIndex.relativeOffset(entries[2999]));
            long found = index.floorByOffset(offset);
            assertThat(found == OffsetIndex.NONE || (found >>> 32) <= offset)
                    .as("seed %d, case %d", SEED, i)
                    .isTrue();
            index.close();
        }
    }

    @Test
    void aTruncatedFileIsSearchedUpToItsEnd() throws Exception {
        Random random = new Random(SEED);
        long[] entries = new long[2000];
        OffsetIndex index = sealed(random, entries, 1);
        index.floorByOffset(1);
        index.truncate(OffsetIndex.position(entries[1200]));
        assertThat(index.entries()).isEqualTo(1200);
        assertThat(index.floorByOffset(Integer.MAX_VALUE)).isEqualTo(entries[1199]);
        assertThat(Files.size(file())).isEqualTo(IndexFile.HEADER_BYTES + 1200L * OffsetIndex.ENTRY_BYTES);
    }
}
