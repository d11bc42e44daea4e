/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.replication.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class FetchWaitersTest {
    private final FetchWaiters waiters = new FetchWaiters();
    private final List<String> told = new ArrayList<>();

    /** A consumer that has read up to an offset, when that was the high watermark. */
    private FetchWaiters.Waiter consumer(String name, long offset) {
        return new FetchWaiters.Waiter(
                new FetchSpec(-1, -1, -1, offset, -1, 0, 100, false, false),
                new FetchOutcome(Errors.NONE, offset, offset, 0, null, null, 1, 0),
                new FetchWatcher() {
                    @Override
                    public void wake() {
                        told.add(name);
                    }

                    @Override
                    public void stateMoved() {}
                });
    }

    private static FetchWaiters.Ends ends(long committed) {
        return new FetchWaiters.Ends(0, committed, committed, committed);
    }

    private void park(FetchWaiters.Waiter waiter, long committed) {
        Effects effects = new Effects();
        waiters.park(waiter, ends(committed), effects);
        effects.run();
    }

    @Test
    void whoHasMissedNewsIsWokenInsteadOfWaiting() {
        park(consumer("late", 5), 6);
        assertThat(told).containsExactly("late");
        assertThat(waiters.isEmpty()).isTrue();
    }

    /** Else a thousand that wait anew, one after the other, would look at each other a million times. */
    @Test
    void whoBeginsToWaitLooksAtNobodyElse() {
        park(consumer("first", 5), 5);
        park(consumer("second", 6), 6);
        assertThat(told).isEmpty();

        Effects effects = new Effects();
        waiters.advance(ends(7), effects);
        effects.run();
        assertThat(told).containsExactly("first", "second");
        assertThat(waiters.isEmpty()).isTrue();
    }
}
