/* SPDX-License-Identifier: Apache-2.0 */
package io.klamm.testkit.workload;

import io.klamm.testkit.ground.Ground;
import io.klamm.testkit.history.HistoryRecorder;
import java.time.Duration;

/** What clients do on a topic of their own while harm is done. */
public interface Workload {
    String topic();

    /** Creates the topic, sets the clients to work, and waits until something is done. */
    Running start(Ground ground, HistoryRecorder history);

    /** Clients at work, which take down what they do and see. Told what to do by one thread. */
    interface Running extends AutoCloseable {
        /** Waits until everybody goes on, from now on. */
        void awaitProgress(Duration atMost);

        /** Ends the clients, waits for the outcome of what they do, and reads what is there in the end. */
        void finish(Duration atMost);

        /** Ends the clients, whatever they do. */
        @Override
        void close();
    }
}
