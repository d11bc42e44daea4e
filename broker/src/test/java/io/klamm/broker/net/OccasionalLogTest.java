/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.broker.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class OccasionalLogTest {
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final List<String> lines = new ArrayList<>();
    private final OccasionalLog log = new OccasionalLog((delay, task) -> {
        assertThat(delay).isEqualTo(OccasionalLog.INTERVAL_NANOS);
        later.add(task);
    });

    private void fault(String cause, String line) {
        log.log(cause, more -> lines.add(line + more));
    }

    /** The interval of every cause so far is over. */
    private void intervalPasses() {
        for (int due = later.size(); due > 0; due--) {
            later.remove().run();
        }
    }

    @Test
    void theCountIsToldWhenTheIntervalIsOverWithoutAnotherFault() {
        for (int number = 1; number <= 5; number++) {
            fault("torn", "torn " + number);
        }
        assertThat(lines).containsExactly("torn 1");
        intervalPasses();
        assertThat(lines).containsExactly("torn 1", "torn 5 (and 3 more like it within 10 s)");
        intervalPasses();
        intervalPasses();
        assertThat(lines).hasSize(2);
        assertThat(later).as("nothing is kept of a cause that is over").isEmpty();
        fault("torn", "torn again");
        assertThat(lines).last().isEqualTo("torn again");
    }

    @Test
    void oneCauseDoesNotHideAnother() {
        fault("torn", "torn");
        fault("too large", "too large");
        fault("torn", "torn again");
        intervalPasses();
        assertThat(lines).containsExactly("torn", "too large", "torn again");
    }

    @Test
    void causesWithoutEndShareALine() {
        for (int number = 0; number < 100; number++) {
            fault("cause " + number, "cause " + number);
        }
        assertThat(lines).hasSize(33).last().isEqualTo("cause 32");
        intervalPasses();
        assertThat(lines).hasSize(34).last().isEqualTo("cause 99 (and 66 more like it within 10 s)");
    }

    @Test
    void whenNothingIsScheduledAnyMoreEachLineIsTold() {
        OccasionalLog stopped = new OccasionalLog((delay, task) -> {
            throw new RejectedExecutionException();
        });
        stopped.log("torn", more -> lines.add("1" + more));
        stopped.log("torn", more -> lines.add("2" + more));
        assertThat(lines).containsExactly("1", "2");
    }
}
