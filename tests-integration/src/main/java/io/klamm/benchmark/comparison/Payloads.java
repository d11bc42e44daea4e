/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.benchmark.comparison;

import java.util.SplittableRandom;

/** Values of records, always the same for a size: half of each is random, the rest repeats, so that it compresses to about a half. */
final class Payloads {
    private static final int DIFFERENT = 256;
    private static final long SEED = 20_240_917;

    private final byte[][] values;

    Payloads(int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        values = new byte[DIFFERENT][bytes];
        for (byte[] value : values) {
            byte[] noise = new byte[(bytes + 1) / 2];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, value, 0, noise.length);
        }
    }

    byte[] get(long number) {
        return values[(int) (number % DIFFERENT)];
    }
}
