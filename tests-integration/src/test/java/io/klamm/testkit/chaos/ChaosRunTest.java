/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import io.klamm.testkit.nemesis.RehearsalGround;
import io.klamm.testkit.nemesis.Schedule;
import io.klamm.testkit.workload.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChaosRunTest {
    private final RehearsalGround ground = new RehearsalGround();
    private final List<String> closed = new ArrayList<>();

    @Test
    void whatCannotBeClosedHidesNoCauseAndKeepsNothingElseOpen(@TempDir Path directory) {
        ground.directory = directory;
        Workload broken = new Clients("broken") {
            @Override
            public Running start(Ground ground, HistoryRecorder history) {
                throw new AssertionError("broken cannot start");
            }
        };
        assertThatThrownBy(() -> ChaosRun.run(
                        ground, new Schedule(1, List.of()), List.of(new Clients("one"), new Clients("two"), broken)))
                .hasMessageContaining("ended early")
                .cause()
                .hasMessage("broken cannot start")
                .satisfies(cause -> assertThat(cause.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("one is not closed", "two is not closed"));
        assertThat(closed).containsExactly("one", "two");
        assertThat(directory.resolve("report.html")).exists();
    }

    /** Clients that cannot be closed. */
    private class Clients implements Workload {
        private final String topic;

        Clients(String topic) {
            this.topic = topic;
        }

        @Override
        public String topic() {
            return topic;
        }

        @Override
        public Running start(Ground ground, HistoryRecorder history) {
            return new Running() {
                @Override
                public void awaitProgress(Duration atMost) {}

                @Override
                public void finish(Duration atMost) {}

                @Override
                public void close() {
                    closed.add(topic);
                    throw new IllegalStateException(topic + " is not closed");
                }
            };
        }
    }
}
