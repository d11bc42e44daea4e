/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentWritesTest {
    private static final long SPAN = 1000;

    private final CacheClock clock = new CacheClock(SPAN);
    private final RecentWrites writes = new RecentWrites(clock);

    @Test
    void whatWasThereBeforeIsCold() {
        assertThat(writes.contains(0)).isFalse();
        writes.written(50, 10);
        assertThat(writes.contains(49)).isFalse();
        assertThat(writes.contains(50)).isTrue();
        assertThat(writes.contains(51)).isTrue();
    }

    @Test
    void getsColdByWhatOtherLogsWriteAndRead() {
        writes.written(50, 10);
        clock.pass(SPAN - 11);
        assertThat(writes.contains(50)).isTrue();
        clock.pass(1);
        assertThat(writes.contains(50)).isFalse();
        writes.written(51, 10);
        assertThat(writes.contains(51)).isTrue();
        assertThat(writes.contains(50)).isFalse();
    }

    @Test
    void whatIsWrittenInPlaceOfWhatWasCutIsNew() {
        writes.written(50, 10);
        writes.forget();
        assertThat(writes.contains(60)).isFalse();
        writes.written(20, 10);
        assertThat(writes.contains(20)).isTrue();
        assertThat(writes.contains(19)).isFalse();
    }

    /** Never says recent of what is older than the span, and always of what was written within the last half of it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void saysItWellEnough(long seed) {
        Random random = new Random(seed);
        List<Long> times = new ArrayList<>();
        for (int step = 0; step < 2_000; step++) {
            if (random.nextInt(3) == 0) {
                clock.pass(random.nextInt(200));
            } else {
                times.add(clock.now());
                writes.written(times.size() - 1L, 1 + random.nextInt(100));
            }
            int offset = random.nextInt(times.size() + 1);
            if (offset < times.size()) {
                long age = clock.now() - times.get(offset);
                if (age >= SPAN) {
                    assertThat(writes.contains(offset))
                            .as("seed %d, age %d", seed, age)
                            .isFalse();
                } else if (age < SPAN / 2 && offset == times.size() - 1) {
                    assertThat(writes.contains(offset))
                            .as("seed %d, age %d", seed, age)
                            .isTrue();
                }
            }
        }
    }
}
