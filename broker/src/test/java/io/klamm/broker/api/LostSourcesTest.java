/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.klamm.replication.fetch.FetchTransport;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked // no answer has content here
class LostSourcesTest {
    private static final int SOURCE = 7;

    private final Deque<FetchTransport.Listener> asked = new ArrayDeque<>();
    private final List<Boolean> found = new ArrayList<>();
    private long nowNanos = 1;
    private final LostSources sources = new LostSources(() -> nowNanos);
    private final FetchTransport lane = sources.watch(SOURCE, new FetchTransport() {
        @Override
        public void fetch(Request request, Listener listener) {
            asked.add(listener);
        }

        @Override
        public void close() {}
    });

    LostSourcesTest() {
        sources.whenFound(() -> found.add(sources.isLost(SOURCE)));
    }

    private void ask() {
        lane.fetch(new FetchTransport.Request(1, 1, 0, 0, List.of(), List.of(), 500, 1, 1), (response, failure) -> {});
    }

    private void pass(long ms) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    @Test
    void anAnswerInTimeIsNoNews() {
        ask();
        pass(1_499);
        assertThat(sources.isLost(SOURCE)).isFalse();
        asked.remove().done(null, null);
        assertThat(found).isEmpty();
    }

    @Test
    void isLostByAFailureUntilItAnswers() {
        ask();
        asked.remove().done(null, new IOException("gone"));
        assertThat(sources.isLost(SOURCE)).isTrue();
        ask();
        assertThat(sources.isLost(SOURCE)).as("to ask again is no answer").isTrue();
        asked.remove().done(null, null);
        assertThat(found).containsExactly(false);
    }

    @Test
    void isLostWhenAnAnswerIsOverdueUntilItComes() {
        ask();
        pass(1_500);
        assertThat(sources.isLost(SOURCE)).isTrue();
        asked.remove().done(null, null);
        assertThat(found).containsExactly(false);
    }

    @Test
    void aLostWayThatIsGivenUpStaysLostForAMoment() {
        ask();
        asked.remove().done(null, new IOException("gone"));
        lane.close();
        pass(999);
        assertThat(found).as("it is not back").isEmpty();
        assertThat(sources.isLost(SOURCE)).isTrue();
        pass(1);
        assertThat(sources.isLost(SOURCE)).isFalse();
    }

    @Test
    void aWayThatAnsweredIsForgottenWhenItIsGivenUp() {
        ask();
        lane.close();
        asked.remove().done(null, new IOException("closed"));
        assertThat(sources.isLost(SOURCE)).isFalse();
    }

    @Test
    void theSecondOfTwoRequestsIsAwaitedToo() {
        ask();
        ask();
        asked.remove().done(null, null);
        pass(1_499);
        assertThat(sources.isLost(SOURCE)).isFalse();
        pass(1);
        assertThat(sources.isLost(SOURCE)).isTrue();
        asked.remove().done(null, null);
        assertThat(sources.isLost(SOURCE)).isFalse();
    }
}
