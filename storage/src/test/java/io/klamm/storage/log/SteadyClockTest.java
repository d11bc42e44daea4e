/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SteadyClockTest {
    private static final Duration DAY = Duration.ofDays(1);

    private long wallMs = 1_000_000_000_000L;
    private long nanos = Long.MAX_VALUE - 1; // it may overflow
    private final SteadyClock clock = new SteadyClock(new Wall(), () -> nanos);

    private final class Wall extends Clock {
        @Override
        public long millis() {
            return wallMs;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(wallMs);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
        wallMs += time.toMillis();
    }

    private void jump(Duration by) {
        wallMs += by.toMillis();
    }

    @Test
    void timeThatPassesIsFollowedHoweverRarelyOneLooks() {
        for (Duration each : new Duration[] {Duration.ofMillis(1), Duration.ofMinutes(5), Duration.ofDays(30)}) {
            pass(each);
            assertThat(clock.millis()).isEqualTo(wallMs);
        }
        pass(Duration.ofMinutes(5));
        jump(SteadyClock.TOLERANCE);
        assertThat(clock.instant()).as("corrected a little").isEqualTo(Instant.ofEpochMilli(wallMs));
    }

    @Test
    void looksWithinAMillisecondLoseNoTime() {
        jump(DAY);
        long begun = clock.millis();
        for (int i = 0; i < 1_000_000; i++) {
            nanos += 1_500;
            clock.millis();
        }
        assertThat(clock.millis() - begun).isEqualTo(1_500);
    }

    @Test
    void aJumpAheadIsBelievedWhenItHasLastedForAnHour() {
        long before = clock.millis();
        jump(DAY);
        assertThat(clock.millis()).isEqualTo(before);
        pass(SteadyClock.PROBATION.minusMillis(1));
        assertThat(clock.millis()).isEqualTo(wallMs - DAY.toMillis());
        pass(Duration.ofMillis(1));
        assertThat(clock.millis()).isEqualTo(wallMs);
        pass(Duration.ofMinutes(5));
        assertThat(clock.millis()).isEqualTo(wallMs);
    }

    @Test
    void aJumpAheadThatIsTakenBackWasNeverSeen() {
        jump(DAY);
        long shown = clock.millis();
        pass(Duration.ofMinutes(50));
        jump(DAY.negated());
        assertThat(clock.millis())
                .isEqualTo(wallMs)
                .isEqualTo(shown + Duration.ofMinutes(50).toMillis());
        jump(DAY);
        pass(Duration.ofMinutes(50));
        assertThat(clock.millis()).as("the time of the next one counts anew").isEqualTo(wallMs - DAY.toMillis());
    }

    @Test
    void aFurtherJumpMustLastForAnHourToo() {
        jump(Duration.ofMinutes(1));
        clock.millis();
        pass(Duration.ofMinutes(59));
        jump(DAY);
        long shown = clock.millis();
        pass(Duration.ofMinutes(59));
        assertThat(clock.millis()).isEqualTo(shown + Duration.ofMinutes(59).toMillis());
        pass(Duration.ofMinutes(1));
        assertThat(clock.millis()).isEqualTo(wallMs);
    }

    @Test
    void aJumpBackIsFollowedAtOnceAndTheWayBackIsAJumpAhead() {
        jump(DAY.negated());
        assertThat(clock.millis()).isEqualTo(wallMs);
        jump(DAY);
        assertThat(clock.millis()).isEqualTo(wallMs - DAY.toMillis());
    }
}
