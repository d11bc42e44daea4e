/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.storage.clean;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IoThrottleTest {
    private static final long SECOND = 1_000_000_000;

    private final AtomicLong now = new AtomicLong(-5);

    @Test
    void moreBytesMustWaitTheirTime() {
        IoThrottle throttle = new IoThrottle(1000, now::get);
        assertThat(throttle.moved(500)).isEqualTo(now.get() + SECOND / 2);
        assertThat(throttle.moved(1000)).as("all together").isEqualTo(now.get() + 3 * SECOND / 2);
        now.addAndGet(10 * SECOND);
        assertThat(throttle.moved(1000)).as("idle time is not saved up").isEqualTo(now.get() + SECOND);
    }

    @Test
    void withoutABoundNobodyWaits() {
        IoThrottle throttle = new IoThrottle(Double.MAX_VALUE, now::get);
        assertThat(throttle.moved(Integer.MAX_VALUE)).isEqualTo(now.get());
    }
}
