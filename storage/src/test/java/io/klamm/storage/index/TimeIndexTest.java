/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index of a sealed segment says out of its file what it said out of memory, or that the file is damaged. */
@NullUnmarked // what is missing fails the test
class TimeIndexTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ENTRIES = 3000;

    @TempDir
    Path dir;

    private final CountedReads reads = new CountedReads();

    private TimeIndex index() {
        return new TimeIndex(reads.files, file(), 0);
    }

    private Path file() {
        return dir.resolve("00000000000000000000.timeindex");
    }

    private TimeIndex filled(Random random) {
        TimeIndex index = index();
        index.reset();
        long time = 1000;
        int offset = -1;
        for (int i = 0; i < ENTRIES; i++) {
            time += 1 + random.nextInt(10);
            offset += 1 + random.nextInt(10);
            index.add(time, offset);
        }
        index.mark(time, offset + 3); // no record there is younger
        return index;
    }

    @Test
    void whatIsInTheFileIsWhatWasInMemory() throws Exception {
        TimeIndex held = filled(new Random(SEED));
        TimeIndex sealed = filled(new Random(SEED));
        sealed.seal();
        assertThat(sealed.isInMemory()).isFalse();
        assertThat(held.isInMemory()).isTrue();
        TimeIndex found = index();
        assertThat(found.load(false)).isTrue();
        assertThat(found.isInMemory()).isFalse();
        Random random = new Random(SEED);
        TimeIndex.Entry last = held.last();
        assertThat(sealed.last()).isEqualTo(last);
        assertThat(found.last()).isEqualTo(last);
        for (int i = 0; i < 1000; i++) {
            long time = 990L + random.nextInt((int) last.maxTimestampMs() - 980);
            int offset = random.nextInt(last.relativeOffset() + 10);
            assertThat(sealed.lastBelow(time))
                    .as("seed %d, time %d", SEED, time)
                    .isEqualTo(held.lastBelow(time));
            assertThat(found.lastBelow(time)).as("seed %d, time %d", SEED, time).isEqualTo(held.lastBelow(time));
            assertThat(sealed.lastBefore(offset))
                    .as("seed %d, offset %d", SEED, offset)
                    .isEqualTo(held.lastBefore(offset));
            assertThat(found.covers(offset)).isEqualTo(held.covers(offset));
        }
    }

    @Test
    void openingLooksAtTheLastEntryOnly() throws Exception {
        filled(new Random(SEED)).seal();
        int before = reads.count();
        assertThat(index().load(false)).isTrue();
        assertThat(reads.count() - before).as("header and last entry").isEqualTo(2);
    }

    @Test
    void aWrongEntryIsNoticedBySearchesThatMeetIt() throws Exception {
        filled(new Random(SEED)).seal();
        byte[] bytes = Files.readAllBytes(file());
        int middle = IndexFile.HEADER_BYTES + ENTRIES / 2 * TimeIndex.ENTRY_BYTES;
        bytes[middle + 3] ^= 1;
        Files.write(file(), bytes);
        TimeIndex index = index();
        assertThat(index.load(false)).isTrue();
        assertThatThrownBy(() -> index.lastBelow(1001)).isInstanceOf(DamagedIndexException.class);
        assertThatThrownBy(() -> index.lastBefore(1)).isInstanceOf(DamagedIndexException.class);
        assertThat(index().load(true)).as("all are looked at").isFalse();
    }

    @Test
    void aWrongLastEntryIsNoticedAtOnce() throws Exception {
        filled(new Random(SEED)).seal();
        byte[] bytes = Files.readAllBytes(file());
        bytes[bytes.length - 1] ^= 1;
        Files.write(file(), bytes);
        TimeIndex index = index();
        assertThat(index.load(false)).isFalse();
        assertThat(index.isInMemory()).as("empty, to be built anew").isTrue();
        assertThat(index.last()).isNull();
    }

    @Test
    void entriesBehindTheEndAreTakenOutOfTheFileToo() throws Exception {
        TimeIndex held = filled(new Random(SEED));
        filled(new Random(SEED)).seal();
        TimeIndex index = index();
        assertThat(index.load(false)).isTrue();
        TimeIndex.Entry kept = held.lastBefore(5000);
        assertThat(index.truncate(5000)).isTrue();
        assertThat(index.last()).isEqualTo(kept);
        index.seal();
        TimeIndex again = index();
        assertThat(again.load(false)).isTrue();
        assertThat(again.last()).isEqualTo(kept);
    }

    @Test
    void whoStillSearchesADeletedIndexIsToldNothingOfDamage() throws Exception {
        TimeIndex index = filled(new Random(SEED));
        index.seal();
        index.delete();
        assertThat(index.lastBelow(1500)).isNull();
    }
}
