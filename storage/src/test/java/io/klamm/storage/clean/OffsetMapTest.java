/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OffsetMapTest {
    private static final KeyHash HASH = new KeyHash(1, 2);

    private static byte[] key(int i) {
        return ("key " + i).getBytes(StandardCharsets.UTF_8);
    }

    private static long get(OffsetMap map, byte[] key) {
        return map.get(key, 0, key.length);
    }

    @Test
    void theLastOffsetOfEachKeyWins() {
        Random random = new Random(3);
        OffsetMap map = new OffsetMap(1 << 20, 5000, 0.9, HASH);
        Map<Integer, Long> model = new HashMap<>();
        for (long offset = 0; offset < 20_000; offset++) {
            int i = random.nextInt(5000);
            assertThat(map.put(key(i), 0, key(i).length, offset)).isTrue();
            model.put(i, offset);
        }
        assertThat(map.size()).isEqualTo(model.size());
        for (int i = 0; i < 6000; i++) {
            assertThat(get(map, key(i))).isEqualTo(model.getOrDefault(i, OffsetMap.NONE));
        }
    }

    @Test
    void memoryIsBoundedAndAFullMapStillTakesKnownKeys() {
        OffsetMap map = new OffsetMap(100 * OffsetMap.ENTRY_BYTES, 1_000_000, 0.9, HASH);
        int n = 0;
        while (map.put(key(n), 0, key(n).length, n)) {
            n++;
        }
        assertThat(n).isEqualTo(map.capacity()).isEqualTo(90);
        assertThat(map.put(key(5), 0, key(5).length, 1000)).isTrue();
        assertThat(get(map, key(5))).isEqualTo(1000);
        assertThat(get(map, key(n))).isEqualTo(OffsetMap.NONE);
    }

    @Test
    void memoryThatIsUsedAgainIsEmpty() {
        OffsetMap first = new OffsetMap(1 << 20, 1000, 0.9, HASH);
        for (int i = 0; i < 1000; i++) {
            first.put(key(i), 0, key(i).length, i);
        }
        OffsetMap second = new OffsetMap(first.memory(), 1 << 20, 500, 0.9, HASH);
        assertThat(second.memory()).isSameAs(first.memory());
        for (int i = 0; i < 1000; i++) {
            assertThat(get(second, key(i))).isEqualTo(OffsetMap.NONE);
        }
        OffsetMap larger = new OffsetMap(second.memory(), 1 << 20, 1_000_000, 0.9, HASH);
        assertThat(larger.memory().capacity())
                .isLessThanOrEqualTo(1 << 20)
                .isGreaterThan(first.memory().capacity());
    }

    @Test
    void offsetZeroAndTheEmptyKeyAreLikeOthers() {
        OffsetMap map = new OffsetMap(1, 1, 0.9, HASH);
        assertThat(map.capacity()).isEqualTo(1);
        assertThat(map.put(new byte[0], 0, 0, 0)).isTrue();
        assertThat(map.get(new byte[0], 0, 0)).isZero();
        assertThat(map.put(key(1), 0, 5, 1)).isFalse();
    }
}
