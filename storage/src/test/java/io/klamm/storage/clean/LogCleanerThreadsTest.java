/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The settings of a running cleaner change. Each look for a log to compact is counted. */
@Timeout(30)
class LogCleanerThreadsTest {
    private final Semaphore looks = new Semaphore(0);

    private static CleanerConfig config(int threads, long backoffMs) {
        CleanerConfig base = CleanerConfig.DEFAULT;
        return new CleanerConfig(
                threads,
                base.dedupeBufferBytes(),
                base.loadFactor(),
                base.ioBufferBytes(),
                base.ioMaxBytesPerSecond(),
                backoffMs);
    }

    private LogCleaner cleaner(CleanerConfig config) {
        return new LogCleaner(
                config,
                () -> {
                    looks.release();
                    return List.of();
                },
                Clock.systemUTC(),
                System::nanoTime);
    }

    @Test
    void threadsComeAndGo() throws InterruptedException {
        try (LogCleaner cleaner = cleaner(config(1, 60_000))) {
            assertThat(cleaner.threads()).isZero();
            cleaner.configure(config(2, 60_000));
            assertThat(cleaner.threads()).as("it has not been started").isZero();
            cleaner.start();
            assertThat(cleaner.threads()).isEqualTo(2);
            cleaner.configure(config(4, 60_000));
            assertThat(cleaner.threads()).isEqualTo(4);
            cleaner.configure(config(1, 60_000));
            while (cleaner.threads() > 1) {
                Thread.onSpinWait();
            }
            cleaner.configure(config(2, 60_000));
            assertThat(cleaner.threads()).isEqualTo(2);
            assertThat(looks.tryAcquire(2, 20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aShorterPauseCountsAtOnce() throws InterruptedException {
        try (LogCleaner cleaner = cleaner(config(1, 3_600_000))) {
            cleaner.start();
            looks.acquire();
            cleaner.configure(config(1, 1));
            looks.acquire(3);
        }
    }

    @Test
    void aThreadOutlivesAnErrorOfTheVirtualMachine() throws InterruptedException {
        try (LogCleaner cleaner = new LogCleaner(
                config(1, 1),
                () -> {
                    looks.release();
                    throw new UnsatisfiedLinkError("injected");
                },
                Clock.systemUTC(),
                System::nanoTime)) {
            cleaner.start();
            assertThat(looks.tryAcquire(3, 20, TimeUnit.SECONDS)).isTrue();
            assertThat(cleaner.threads()).isEqualTo(1);
        }
    }
}
