/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.FirstFailure;
import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import java.time.Duration;
import java.util.List;

/** What clients do on a topic of their own while harm is done. */
public interface Workload {
    String topic();

    /** All topics that must be whole for it to go on. */
    default List<String> topics() {
        return List.of(topic());
    }

    /** Creates the topic, sets the clients to work, and waits until something is done. */
    Running start(Ground ground, HistoryRecorder history);

    /** Clients at work, which take down what they do and see. Told what to do by one thread. */
    interface Running extends AutoCloseable {
        /**
         * Waits until everybody goes on, from now on.
         *
         * @throws AssertionError also when somebody's work has failed
         */
        void awaitProgress(Duration atMost);

        /** The same for the first time: when nothing is done, the clients end. */
        default Running begun(Duration atMost) {
            FirstFailure failures = new FirstFailure().in(() -> awaitProgress(atMost));
            if (failures.happened()) {
                failures.in(this::close).rethrow();
            }
            return this;
        }

        /**
         * Ends the clients, waits for the outcome of what they do, and reads what is there in the end.
         *
         * @throws AssertionError also when somebody's work has failed
         */
        void finish(Duration atMost);

        /** Ends the clients, whatever they do. */
        @Override
        void close();
    }
}
