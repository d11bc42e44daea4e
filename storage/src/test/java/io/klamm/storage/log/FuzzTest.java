/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated batches and files against all that reads them: nothing but the declared exceptions, a bounded time, and no more memory than
 * the input's size allows. Few cases here; {@code mvn -Pfuzz -pl storage -am verify} runs ten million. {@code -Dseed=N} repeats a run.
 */
class FuzzTest {
    private static final int WARM_UP = 2000;
    /** Buffers of the codecs, and what really comes out of a batch, for three readers and at most three batches. */
    private static final long BATCH_BASE_BYTES = 2 << 20;
    /** Stores, threads and channels, besides. */
    private static final long FOLDER_BASE_BYTES = 8 << 20; // a dir in use is looked at several times

    private static final int BYTES_PER_BYTE = 32;

    private final long seed = Long.getLong("seed", System.nanoTime());

    @Test
    void batches() {
        int cases = Integer.getInteger("fuzz.batches", 30_000);
        System.out.println("fuzz: " + cases + " inputs of batches, seed " + seed);
        assertTimeoutPreemptively(Duration.ofSeconds(60 + cases / 500), () -> batches(cases));
    }

    private void batches(int cases) {
        BatchFuzz fuzz = new BatchFuzz(new Random(seed));
        FuzzLimits limits = new FuzzLimits();
        for (int i = 0; i < cases; i++) {
            byte[] input = fuzz.next();
            long bound = i < WARM_UP ? Long.MAX_VALUE : BATCH_BASE_BYTES + (long) BYTES_PER_BYTE * input.length;
            try {
                limits.measure(bound, () -> fuzz.run(input));
            } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
                fail("seed " + seed + ", input " + i + ": " + HexFormat.of().formatHex(input), e);
            }
        }
    }

    @Test
    void folders(@TempDir Path dir) {
        int cases = Integer.getInteger("fuzz.folders", 50);
        System.out.println("fuzz: " + cases + " log dirs, seed " + seed);
        assertTimeoutPreemptively(Duration.ofSeconds(60 + cases / 2), () -> folders(dir, cases));
    }

    private void folders(Path dir, int cases) throws Exception {
        FuzzLimits limits = new FuzzLimits();
        try (FolderFuzz fuzz = new FolderFuzz(new Random(seed), dir)) {
            for (int i = 0; i < cases; i++) {
                long bytes = fuzz.next();
                long bound = FOLDER_BASE_BYTES + BYTES_PER_BYTE * bytes;
                try {
                    limits.measure(bound, fuzz::inspect);
                    limits.measure(bound, fuzz::recover);
                } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
                    fail("seed " + seed + ", log dir " + i + ": " + fuzz.last(), e);
                }
            }
        }
    }
}
