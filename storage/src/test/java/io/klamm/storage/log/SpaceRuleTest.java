/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.storage.log.SpaceRule.Room;
import org.junit.jupiter.api.Test;

class SpaceRuleTest {
    private final SpaceRule rule = new SpaceRule(1000);

    @Test
    void leadersStopAtTheReserveAndFollowersAtHalfOfIt() {
        assertThat(rule.next(Room.ENOUGH, 1000)).isEqualTo(Room.ENOUGH);
        assertThat(rule.next(Room.ENOUGH, 999)).isEqualTo(Room.LOW);
        assertThat(rule.next(Room.LOW, 500)).isEqualTo(Room.LOW);
        assertThat(rule.next(Room.LOW, 499)).isEqualTo(Room.CRITICAL);
        assertThat(rule.next(Room.ENOUGH, 0)).isEqualTo(Room.CRITICAL);
    }

    @Test
    void itGoesOnWhenAQuarterMoreIsFree() {
        assertThat(rule.next(Room.LOW, 1249)).isEqualTo(Room.LOW);
        assertThat(rule.next(Room.LOW, 1250)).isEqualTo(Room.ENOUGH);
        assertThat(rule.next(Room.CRITICAL, 624)).isEqualTo(Room.CRITICAL);
        assertThat(rule.next(Room.CRITICAL, 625)).isEqualTo(Room.LOW);
        assertThat(rule.next(Room.CRITICAL, 5000)).isEqualTo(Room.ENOUGH);
    }

    @Test
    void withoutAReserveEverythingMayBeWritten() {
        assertThat(SpaceRule.of(0, 1L << 40).next(Room.ENOUGH, 0)).isEqualTo(Room.ENOUGH);
        assertThat(SpaceRule.of(0, 1L << 40).next(Room.CRITICAL, 0)).isEqualTo(Room.ENOUGH);
    }

    @Test
    void theAutomaticReserveSuitsSmallDisksToo() {
        assertThat(SpaceRule.of(-1, 1L << 42).reserveBytes()).isEqualTo(1L << 30);
        assertThat(SpaceRule.of(-1, 200_000_000).reserveBytes()).isEqualTo(10_000_000);
        assertThat(SpaceRule.of(7, 200_000_000).reserveBytes()).isEqualTo(7);
    }

    @Test
    void theNearerTheMarkTheSoonerTheNextLook() {
        SpaceRule large = new SpaceRule(1L << 30);
        assertThat(large.pauseMs(Room.ENOUGH, 1L << 40)).isEqualTo(5_000);
        assertThat(large.pauseMs(Room.ENOUGH, (1L << 30) + 2_000_000_000L)).isEqualTo(2_000);
        assertThat(large.pauseMs(Room.ENOUGH, (1L << 30) + 1)).isEqualTo(100);
        assertThat(large.pauseMs(Room.LOW, 1L << 29)).isEqualTo(500);
    }
}
